-- name: create
drop table if exists peer_accounts;
create table peer_accounts (
    id bigint generated always as identity primary key,
    account_number text collate "C" not null check (account_number <> ''),
    account_name text not null check (account_name <> ''),
    balance numeric(15, 2) not null,
    currency text not null check (length(currency) = 3),
    status text not null check (status in ('Active', 'Paid', 'Overdue', 'On Hold', 'Escalated',
                                           'Written-off', 'Closed')),
    agent text,
    due_date date,
    debtor text
);
create unique index peer_accounts_number on peer_accounts (account_number);

-- name: stage
create temporary table incoming (like peer_accounts excluding constraints) on commit drop;
alter table incoming drop column id;

-- name: upsert
insert into peer_accounts (account_number, account_name, balance, currency, status, agent,
                           due_date, debtor)
select distinct on (account_number) account_number, account_name, balance, currency, status,
       agent, due_date, debtor
from incoming
order by account_number
on conflict (account_number) do update
set account_name = excluded.account_name, balance = excluded.balance,
    currency = excluded.currency, status = excluded.status, agent = excluded.agent,
    due_date = excluded.due_date, debtor = excluded.debtor;
