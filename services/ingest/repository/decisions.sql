-- What people decide on rows and on whole imports; `ledger_v1` is the ledger's, and only read.

-- name: request_revert
update uploads set revert_asked_at = now(), revert_asked_by = $2, revert_reason = $3
where import_id = $1

-- name: sum_up_revert
select ledger_v1.revert_summary($1)

-- name: list_kept
select row_number as row, record_id, reason from ledger_v1.revert_plan($1)
where action = 'keep' and row_number > $2 order by row_number limit $3

-- name: find_waiting
select row from ledger_v1.waiting_rows where import_id = $1 and row = any($2::integer[])

-- name: find_known
select row from ledger_v1.import_rows where import_id = $1 and row = any($2::integer[])

-- name: find_feed_type
select record_type from ledger_v1.feeds where feed_id = $1

-- name: find_rows
select * from ledger_v1.import_rows
where import_id = $1 and row = any($2::integer[]) order by row

-- name: last_decisions
select distinct on (row) row, decision from row_decisions
where import_id = $1 and row = any($2::integer[]) order by row, id desc

-- name: add_decisions
insert into row_decisions (import_id, row, decision, reason, actor)
select $1, unnest($2::integer[]), $3, $4, $5

-- name: list_reviews
select w.import_id, w.record_type, w.row, w.action, w.reason, w.since, a.assignee, a.note,
       u.import_id is null as is_feed
from ledger_v1.waiting_rows as w
left join review_assignments as a on a.import_id = w.import_id and a.row = w.row
left join uploads as u on u.import_id = w.import_id
where w.action = $1
  and ($2::uuid is null or w.import_id = $2)
  and ($3::text is null or a.assignee = $3)
  and ($4::text is null or w.reason = $4)
  and ($5::uuid is null or w.import_id < $5 or (w.import_id = $5 and w.row > $6))
order by w.import_id desc, w.row limit $7

-- name: assign_rows
insert into review_assignments (import_id, row, assignee, note, assigned_by)
select $1, unnest($2::integer[]), $3, $4, $5
on conflict (import_id, row) do update
set assignee = excluded.assignee, note = excluded.note, assigned_by = excluded.assigned_by,
    assigned_at = now()

-- name: unassign_rows
delete from review_assignments where import_id = $1 and row = any($2::integer[])

-- name: list_correctable
-- Rejected rows, and those held for the same: a hold for a person's word is none of them. Of those
-- that a person has dismissed only by name.
select * from ledger_v1.import_rows
where import_id = $1 and row > $2
  and (action = 'reject' and ($5 or $3 = 'dismissed' or reason is distinct from 'dismissed')
       or action = 'hold' and (verdict = 'rejected' or reason <> all($4::text[])))
  and ($3::text is null or reason = $3
       or exists (select from jsonb_array_elements(coalesce(violations, '[]')) as v
                  where v ->> 1 = $3))
order by row limit $6

-- name: last_attempts
-- Of each row the newest correction, with everything that was set anew until then.
-- Of another shape of the file, whose rows may be others, none.
select distinct on (a.row) a.row, a.revision, a.attempt, a.cells
from attempts as a
join revisions as r on r.import_id = a.import_id and r.revision = a.revision
join uploads as u on u.import_id = a.import_id
join revisions as c on c.import_id = u.import_id and c.revision = u.revision
where a.import_id = $1 and a.row = any($2::integer[])
  and r.shape -> 'shape' = c.shape -> 'shape'
order by a.row, a.revision desc, a.attempt desc

-- name: list_attempts
-- The same, of all rows, in pages.
select distinct on (a.row) a.row, a.revision, a.attempt, a.cells
from attempts as a
join revisions as r on r.import_id = a.import_id and r.revision = a.revision
join uploads as u on u.import_id = a.import_id
join revisions as c on c.import_id = u.import_id and c.revision = u.revision
where a.import_id = $1 and a.row > $2 and r.shape -> 'shape' = c.shape -> 'shape'
order by a.row, a.revision desc, a.attempt desc limit $3

-- name: add_attempts
insert into attempts (import_id, revision, row, attempt, cells, actor)
select $1, $2, a.row, a.attempt, a.cells, $6
from unnest($3::integer[], $4::integer[], $5::jsonb[]) as a (row, attempt, cells)
on conflict do nothing

-- name: list_acknowledged
select r.row, r.values, r.amount, r.currency, r.action, r.reason, r.outcome, r.verdict,
       r.violations, a.account_number, a.balance, a.currency as account_currency
from ledger_v1.import_rows as r
left join ledger_v1.accounts as a on a.id = r.record_id
where r.import_id = $1 and r.row > $2 order by r.row limit $3

-- name: note_staged
-- Uploads that were read whole and that the books lack rows of: since when they have so many.
update uploads as u set staged_seen = s.staged, staged_seen_at = now()
from (
    select o.import_id, l.rows_staged as staged
    from uploads as o
    join revisions as r on r.import_id = o.import_id and r.revision = o.revision
    join ledger_v1.imports as l on l.import_id = o.import_id
    where o.state = 'read' and o.cancelled_at is null and l.state in ('reading', 'ready')
      and (l.rows_staged < r.rows
           or l.config_version is distinct from o.config_version
              and exists (select from attempts as a
                          where a.import_id = o.import_id and a.revision = o.revision))) as s
where u.import_id = s.import_id and u.staged_seen is distinct from s.staged

-- name: redrive
update uploads as u set state = 'reading', rows_read = 0, staged_seen = null, staged_seen_at = null,
    lease_holder = null, lease_until = null
from revisions as r, ledger_v1.imports as l
where u.state = 'read' and u.cancelled_at is null
  and r.import_id = u.import_id and r.revision = u.revision
  and l.import_id = u.import_id and l.state in ('reading', 'ready')
  and (l.rows_staged < r.rows
       or l.config_version is distinct from u.config_version
          and exists (select from attempts as a
                      where a.import_id = u.import_id and a.revision = u.revision))
  and u.staged_seen = l.rows_staged and u.staged_seen_at < now() - $1::interval
returning u.import_id
