-- name: changes
select p.row, t.id as record_id, t.reference, 1 as version, 'created' as change
from plan_rows as p
join transactions as t on t.id = p.target
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no)
order by p.row;

-- name: undone
select d.row, t.id as record_id, t.reference, h.version, 'withdrawn' as change
from revert_rows as d
join record_changes as h on h.import_no = d.import_no and h.row = d.row and h.undoes is not null
join transactions as t on t.id = d.record_id
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
order by d.row;
