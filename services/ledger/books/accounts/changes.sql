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

-- name: undone
select d.row, a.id as record_id, a.account_number as reference, h.version,
       case when d.action = 'create' then 'withdrawn' else 'restored' end as change
from revert_rows as d
join record_changes as h on h.import_no = d.import_no and h.row = d.row and h.undoes is not null
join accounts as a on a.id = d.record_id
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
order by d.row;
