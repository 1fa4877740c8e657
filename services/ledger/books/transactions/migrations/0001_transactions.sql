-- Transactions: never updated; undone only by a reversal.

create table transactions (
    id bigint primary key,
    account_id bigint not null,
    minor bigint not null,
    reverses bigint,
    version integer not null default 1,
    import_no integer not null,
    row integer not null,
    agent_id integer,
    effective_date date not null,
    active boolean not null default true,
    derived boolean not null,
    reference text collate "C" not null,
    type posting_kind not null,
    currency text not null,
    method text,
    notes text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index transactions_reference on transactions (reference) where active;
create unique index transactions_reverses on transactions (reverses)
    where active and reverses is not null;
create index transactions_account on transactions (account_id);

create view staged_transactions as
select r.import_no, r.revision, r.row, r.attempt, r.accepted,
       r.values[1] as reference, r.values[2] as account_number, r.values[3] as account_name,
       r.values[4]::posting_kind as type, r.values[5]::numeric as amount, r.values[6] as currency,
       r.values[7]::date as effective_date, nullif(r.values[8], '') as method,
       r.values[9] as agent, nullif(r.values[10], '') as notes, r.values[11] as reverses_reference
from import_rows as r;

-- What a type does to the balance of its account.
create function direction(type posting_kind) returns integer
    language sql immutable parallel safe
    return case when type in ('payment', 'fee_reversal', 'adjustment_reversal') then -1 else 1 end;

-- Known from the same file bytes or from an export of ours it is the same transaction again.
create function derived_reference(account text, type posting_kind, minor bigint, currency text,
                                  effective_date date, method text, ordinal bigint) returns text
    language sql immutable parallel safe
    return 'TX-' || left(encode(sha256(convert_to(
        jsonb_build_array(account, type::text, minor, currency, effective_date::text,
                          method, ordinal)::text, 'UTF8')), 'hex'), 24);
