-- name: changes
-- Looked up one by one: joined, PostgreSQL would read all transactions for each few thousand rows.
select p.row, p.target as record_id,
       (select t.reference from transactions as t where t.id = p.target) as reference,
       1 as version, 'created' as change
from plan_rows as p
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no)
order by p.row;

-- name: undone
select d.row, d.record_id,
       (select t.reference from transactions as t where t.id = d.record_id) as reference,
       (select h.version from record_changes as h
        where h.import_no = d.import_no and h.row = d.row and h.undoes is not null) as version,
       'withdrawn' as change
from revert_rows as d
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
order by d.row;
