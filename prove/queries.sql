-- name: rows
-- Each row's bucket, amount and planned delta, and what its values say: `$2` is the name of the
-- amount's field, `$3` and `$4` are the places of amount and currency. With `$5`, what the revert
-- plan says of it.
select r.row, r.verdict, coalesce(r.outcome, r.action) as bucket, r.reason, r.amount, r.currency,
       r.delta,
       r.verdict = 'rejected' and exists (
           select from jsonb_array_elements(r.violations) as v
           where v ->> 0 is null or v ->> 0 = $2) as amount_unreadable,
       r.record_id, r.reverted, v.action as revert_action,
       r.values[$3::integer] as said_amount, r.values[$4::integer] as said_currency
from ledger_v1.import_rows as r
left join ledger_v1.revert_plan(case when $5::boolean then $1::uuid end) as v
    on v.row_number = r.row
where r.import_id = $1::uuid
order by r.row;

-- name: corrected_rows
select r.row from ledger_v1.import_rows as r
where r.import_id = $1 and r.attempt > 1 order by r.row;

-- name: postings
-- `owner` is the account of the posted transaction.
select p.row, p.kind, p.minor, p.currency, p.entry, p.account_id, p.reverses_entry,
       t.account_id as owner
from ledger_v1.postings as p
left join ledger_v1.transactions as t on t.id = p.transaction_id
where p.import_id = $1
order by p.row, p.entry;

-- name: balances
-- Per currency, over all accounts that the import created, posted to, or should have posted to:
-- their balances, the sums of all their postings, and the first row that touches a broken one.
with places as (
    select p.account_id, p.row from ledger_v1.postings as p where p.import_id = $1
    union all
    select a.id, a.row from ledger_v1.accounts as a where a.import_id = $1
    union all
    select t.account_id, t.row from ledger_v1.transactions as t where t.import_id = $1
),
touched as (
    select l.account_id, min(l.row) as row from places as l group by l.account_id
),
summed as (
    select t.account_id, t.row, coalesce(sum(p.minor), 0) as minor, min(p.currency) as currency,
           min(p.currency) <> max(p.currency) as mixed
    from touched as t
    left join ledger_v1.postings as p on p.account_id = t.account_id
    group by t.account_id, t.row
),
compared as (
    select s.*, b.minor as balance, coalesce(a.currency, s.currency, '?') as of_currency,
           coalesce(a.account_number, 'id ' || s.account_id) as name,
           a.id is null or b.minor is distinct from s.minor or coalesce(s.mixed, false)
               or s.currency <> a.currency as broken
    from summed as s
    left join ledger_v1.balances as b on b.account_id = s.account_id
    left join ledger_v1.accounts as a on a.id = s.account_id
)
select c.of_currency as currency, count(*) as accounts,
       coalesce(sum(c.balance), 0)::bigint as balance, sum(c.minor)::bigint as posted,
       count(*) filter (where c.broken) as broken,
       (array_agg(c.name order by c.row) filter (where c.broken))[1] as first_account,
       min(c.row) filter (where c.broken) as first_row
from compared as c
group by c.of_currency
order by c.of_currency;

-- name: not_withdrawn
-- Rows that were reversed, but whose created record is still active, or whose change is not undone.
select count(*) as rows, min(r.row) as first_row
from ledger_v1.import_rows as r
where r.import_id = $1 and r.reverted = 'reversed'
  and (not exists (
           select from ledger_v1.record_changes as c
           where c.record_id = r.record_id and c.import_id = r.import_id and c.row = r.row
             and c.undoes is not null)
       or (r.outcome = 'created'
           and ledger_v1.record_json($2, r.record_id) ->> 'state' is distinct from 'withdrawn'));

-- name: feed
select f.feed_id, f.source, f.day, f.record_type, f.rows, f.opened_at, i.state
from ledger_v1.feeds as f
join ledger_v1.imports as i on i.import_id = f.feed_id
where f.feed_id = $1;

-- name: submissions
select s.row, s.event_id from ledger_v1.submissions as s where s.feed_id = $1 order by s.row;

-- name: of_day
-- What was completed or reverted on that UTC day, and the feeds of the day.
select i.import_id, i.kind
from ledger_v1.imports as i
left join ledger_v1.feeds as f on f.feed_id = i.import_id
where f.day = $1::date
   or (i.reverted_at at time zone 'utc')::date = $1::date
   or (i.state in ('completed', 'reverting', 'reverted')
       and (i.completed_at at time zone 'utc')::date = $1::date)
order by i.import_id;
