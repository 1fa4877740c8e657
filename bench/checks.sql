-- name: accounts
select a.row, a.account_number, a.account_name, a.balance, a.currency, a.status, a.agent,
       a.due_date::text as due_date, a.debtor
from ledger_v1.accounts as a
where a.import_id = $1
order by a.row;

-- name: rejected
select r.row from ledger_v1.import_rows as r
where r.import_id = $1 and coalesce(r.outcome, r.action) = 'rejected'
order by r.row;

-- name: peer
select 0 as row, p.account_number, p.account_name, (p.balance * 100)::bigint as balance,
       p.currency, p.status, p.agent, p.due_date::text as due_date, p.debtor
from peer_accounts as p
order by p.account_number;

-- name: postings
select count(*) as postings, coalesce(sum(p.minor), 0)::bigint as minor
from ledger_v1.postings as p where p.import_id = $1;

-- name: left_over
select (select count(*) from ledger_v1.accounts as a
        where a.import_id = $1 and a.state = 'active') as accounts,
       (select count(*) from (
            select from ledger_v1.postings as p where p.import_id = $1
            group by p.row having count(*) <> 2 or sum(p.minor) <> 0) as uneven) as rows;
