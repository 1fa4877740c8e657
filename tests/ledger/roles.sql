create schema ledger; create schema ledger_v1;
