-- name: changes
select p.row, w.id as record_id, w.widget_code as reference, 1 as version, 'created' as change
from plan_rows as p
join widgets as w on w.id = p.target
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
order by p.row;
