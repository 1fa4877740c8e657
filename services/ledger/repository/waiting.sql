-- Rows that wait: for a record, or for a person.

-- name: find_waiting
-- Those of `rows` that do, with why.
select p.row, coalesce(q.action, o.action, p.action)::text as action,
       case when q.row is not null then q.reason when o.row is not null then o.reason
            else p.reason end as reason
from plan_rows as p
left join outcomes as o on o.import_no = :import_no and o.row = p.row
left join plan_rows as q on q.plan_no = o.plan_no and q.row = p.row
where p.plan_no = :plan_no and p.row = any(:rows::integer[])
  and coalesce(q.action, o.action, p.action) in ('hold', 'park');

-- name: decide
insert into outcomes (import_no, row, action, reason, actor)
select :import_no::integer, unnest(:rows::integer[]), :action::plan_action, :reason, :actor::text
on conflict (import_no, row) do update
set action = excluded.action, reason = excluded.reason, plan_no = null, decided_at = now(),
    actor = excluded.actor;

-- name: find_overdue
select i.import_no, w.row
from ledger_v1.waiting_rows as w
join imports as i on i.import_id = w.import_id
where w.action = 'park' and w.since < now() - make_interval(secs => :seconds)
order by i.import_no, w.row limit 5000;

-- name: list_submissions
select s.source, s.event_id, s.reference, s.row from submissions as s
where s.import_no = :import_no and s.row = any(:rows::integer[]) order by s.row;
