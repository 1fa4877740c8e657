-- name: changes
select p.row, a.id as record_id, a.account_number as reference,
       case when p.action = 'create' then 1 else p.version + 1 end as version,
       case when p.action = 'create' then 'created' else 'updated' end as change
from plan_rows as p
join accounts as a on a.id = p.target
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action in ('create', 'update')
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no)
order by p.row;
