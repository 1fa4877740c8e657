-- Accounts, and the postings that make their balances.

create table accounts (
    id bigint primary key,
    version integer not null default 1,
    import_no integer not null,
    row integer not null,
    agent_id integer,
    due_date date,
    active boolean not null default true,
    account_number text collate "C" not null,
    account_name text not null,
    currency text not null,
    status text not null,
    debtor text,
    custom jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index accounts_number on accounts (account_number) where active;

create table postings (
    account_id bigint not null,
    record_id bigint not null,
    minor bigint not null,
    import_no integer not null,
    row integer not null,
    chunk_no integer not null,
    kind posting_kind not null,
    entry smallint not null default 0,
    currency text not null,
    primary key (import_no, row, entry),
    -- Checked once per chunk by the engine, which locks the accounts that it posts to: enforced
    -- row by row it costs a third of the booking (docs/decisions).
    foreign key (account_id) references accounts (id) not enforced
);
create index postings_account on postings (account_id);

create sequence account_numbers;
create function next_account_number() returns text
    language plpgsql volatile as $$
declare
    candidate text;
begin
    loop
        candidate := 'AC-' || lpad(nextval('ledger.account_numbers')::text, 7, '0');
        exit when not exists (
            select from ledger.accounts where account_number = candidate and active);
    end loop;
    return candidate;
end
$$;

create view staged_accounts as
select r.import_no, r.revision, r.row, r.attempt, r.accepted, r.custom, r.warnings,
       r.values[1] as account_number, r.values[2] as account_name,
       r.values[3]::numeric as balance, r.values[4] as currency, r.values[5] as status,
       r.values[6] as agent, r.values[7] as due_date, r.values[8] as debtor
from import_rows as r;
