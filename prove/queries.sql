-- name: rows
-- Each row's bucket, amount and planned delta. `$2` is the position of the amount in a violation.
select r.row, r.verdict, coalesce(r.outcome, r.action) as bucket, r.reason, r.amount, r.currency,
       r.delta,
       r.verdict = 'rejected' and exists (
           select from jsonb_array_elements(r.violations) as v
           where v ->> 0 is null or v ->> 0 = $2) as amount_unreadable
from ledger_v1.import_rows as r
where r.import_id = $1
order by r.row;

-- name: postings
select p.row, p.kind, p.minor, p.currency
from ledger_v1.postings as p
where p.import_id = $1
order by p.row, p.entry;

-- name: unbalanced
-- The first touched account whose balance is not the sum of all its postings.
with touched as (
    select distinct p.account_id from ledger_v1.postings as p where p.import_id = $1
),
summed as (
    select p.account_id, sum(p.minor) as minor
    from ledger_v1.postings as p
    where p.account_id in (select t.account_id from touched as t)
    group by p.account_id
)
select (select count(*) from touched) as accounts,
       count(*) filter (where a.id is null or a.balance <> s.minor) as broken,
       min(coalesce(a.account_number, 'id ' || s.account_id)) filter (
           where a.id is null or a.balance <> s.minor) as example
from summed as s
left join ledger_v1.accounts as a on a.id = s.account_id;
