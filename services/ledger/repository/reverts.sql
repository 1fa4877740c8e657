-- Undoing an import by compensation.

-- name: lock_feed
-- A batch that grows the feed holds this row, and is waited for.
select f.import_no from feeds as f where f.import_no = :import_no for update;

-- name: begin_revert
update imports set state = 'reverting', revert = jsonb_build_object(
    'actor', :actor::text, 'requested_at', to_char(now() at time zone 'utc',
                                                   'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
where import_no = :import_no;

-- name: withdraw_waiting
-- What waits for a person or a record is booked by nobody any more.
insert into outcomes (import_no, row, action, reason)
select :import_no::integer, p.row, 'skip', 'withdrawn'
from plan_rows as p
left join outcomes as o on o.import_no = :import_no and o.row = p.row
left join plan_rows as q on q.plan_no = o.plan_no and q.row = p.row
where p.plan_no = :plan_no and coalesce(q.action, o.action, p.action) in ('hold', 'park')
on conflict (import_no, row) do update
set action = excluded.action, reason = excluded.reason, plan_no = null, decided_at = now();

-- name: find_reverting
select i.import_no from imports as i where i.state = 'reverting' order by i.import_no;

-- name: lock_balances
select b.account_id from balances as b
where b.account_id in (
    select d.account_id from revert_rows as d
    where d.import_no = :import_no and d.row between :first_row and :last_row
      and d.reason is null and d.delta is not null)
order by b.account_id for no key update;

-- name: post
-- Each counter-posting names what it reverses: entry 0 of the same import and row. Looked up row
-- by row, as PostgreSQL knows nothing yet of the rows just decided.
insert into postings (import_no, row, entry, account_id, record_id, kind, minor, currency, chunk_no,
                      reverses_entry)
select p.import_no, p.row, 1, p.account_id, p.record_id, 'revert', -p.minor, p.currency,
       :chunk_no::integer, 0
from postings as p
where p.import_no = :import_no and p.row between :first_row and :last_row and p.entry = 0
  and (select d.reason is null from revert_rows as d
       where d.import_no = p.import_no and d.row = p.row);

-- name: move_balances
update balances as b set minor = b.minor - m.delta
from (
    select d.account_id, sum(d.delta)::bigint as delta from revert_rows as d
    where d.import_no = :import_no and d.row between :first_row and :last_row
      and d.reason is null and d.delta is not null
    group by d.account_id) as m
where b.account_id = m.account_id;

-- name: free_corrections
update corrections as c set active = false
from revert_rows as d
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
  and c.import_no = d.import_no and c.row = d.row;

-- name: sum_up
select ledger_v1.revert_summary(:import_id);

-- name: greatest_watermark
select coalesce(max(c.watermark), (select w.value from watermark as w)) from chunks as c
where c.plan_no = :plan_no;

-- name: end_revert
update imports
set state = 'reverted', reverted_at = now(), revert = revert || :outcome::jsonb,
    settled = :summary::jsonb
where import_no = :import_no;
