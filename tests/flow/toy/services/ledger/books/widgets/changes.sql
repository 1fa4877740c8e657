-- name: changes
select p.row, w.id as record_id, w.widget_code as reference, 1 as version, 'created' as change
from plan_rows as p
join widgets as w on w.id = p.target
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
order by p.row;

-- name: undone
select d.row, w.id as record_id, w.widget_code as reference, h.version, 'withdrawn' as change
from revert_rows as d
join record_changes as h on h.import_no = d.import_no and h.row = d.row and h.undoes is not null
join widgets as w on w.id = d.record_id
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
order by d.row;
