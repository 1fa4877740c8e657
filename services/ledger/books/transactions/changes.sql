-- name: changes
select p.row, t.id as record_id, t.reference, 1 as version, 'created' as change
from plan_rows as p
join transactions as t on t.id = p.target
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no)
order by p.row;
