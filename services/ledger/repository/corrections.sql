-- Attempts of a row before completion, and rows that correct those of an earlier import.

-- name: expect_attempts
insert into attempts (import_no, revision, row, attempt)
select :import_no::integer, :revision::smallint, a.row, a.attempt
from unnest(:rows::integer[], :attempts::integer[]) as a (row, attempt)
on conflict do nothing;

-- name: overtake_plan
update imports set config_version = :config_version
where import_no = :import_no and config_version < :config_version
  and state in ('reading', 'ready');

-- name: reject_corrected
-- A row has one active correction: the last of this file, unless another import has made one, or
-- the row itself is in the books by now.
update plan_rows as p
set action = 'reject', reason = 'already_corrected', kind = null, delta = null
from import_rows as r
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.action <> 'reject'
  and r.import_no = :import_no and r.revision = :revision and r.row = p.row
  and r.attempt = p.attempt and r.corrects_row is not null
  and (exists (
           select from settled_rows as t
           where t.import_id = :corrects and t.row = r.corrects_row and t.import_no <> :import_no)
       or exists (
           select from import_rows as l
           join plan_rows as m on m.plan_no = p.plan_no and m.row = l.row
               and m.attempt = l.attempt and m.action in ('create', 'update', 'unchanged')
           where l.import_no = r.import_no and l.revision = r.revision
             and l.corrects_row = r.corrects_row and l.row > r.row));

-- name: find_corrected
-- Rows whose own row was corrected, or booked after all, since the plan.
select p.row from plan_rows as p
join import_rows as r on r.import_no = :import_no and r.revision = :revision and r.row = p.row
    and r.attempt = p.attempt
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action in ('create', 'update', 'unchanged')
  and exists (
      select from settled_rows as t
      where t.import_id = :corrects and t.row = r.corrects_row and t.import_no <> :import_no);

-- name: record_corrections
insert into corrections (corrected_id, corrected_row, import_no, row)
select :corrects, r.corrects_row, :import_no::integer, p.row
from plan_rows as p
join import_rows as r on r.import_no = :import_no and r.revision = :revision and r.row = p.row
    and r.attempt = p.attempt
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action in ('create', 'update', 'unchanged') and r.corrects_row is not null
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no);

-- name: close_corrected
-- A corrected row that still waited need not any more.
insert into outcomes (import_no, row, action, reason)
select i.import_no, w.row, 'skip', 'corrected'
from corrections as c
join ledger_v1.waiting_rows as w on w.import_id = c.corrected_id and w.row = c.corrected_row
join imports as i on i.import_id = w.import_id
where c.import_no = :import_no and c.row between :first_row and :last_row and c.active
on conflict (import_no, row) do update
set action = excluded.action, reason = excluded.reason, plan_no = null, decided_at = now();
