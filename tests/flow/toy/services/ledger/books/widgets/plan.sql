-- name: plan
insert into plan_rows (plan_no, row, attempt, action, reason, target, version)
select :plan_no::integer, s.row, s.attempt,
       (case when not s.accepted then 'reject' when w.id is not null then 'skip'
             else 'create' end)::plan_action,
       case when s.accepted and w.id is not null then 'already_exists' end,
       case when s.accepted then coalesce(w.id, nextval('record_ids')) end, w.version
from staged_widgets as s
left join widgets as w on w.widget_code = s.widget_code and w.active and s.accepted
where s.import_no = :import_no and s.revision = :revision
  and s.row between :first_row and :last_row
  and (:only_rows::integer[] is null or s.row = any(:only_rows));
