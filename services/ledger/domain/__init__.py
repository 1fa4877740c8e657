"""What the ledger decides, without a database: options, sums, findings, the words of events."""
