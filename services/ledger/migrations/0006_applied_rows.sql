-- The rows of each import that have been booked, by its plan or by a later one for some of them.
create view applied_rows as
select i.import_no, i.import_id, i.record_type, i.state, p.row, p.action, p.target, p.version,
       p.account_id, p.delta, p.currency
from imports as i
join plan_rows as p on p.plan_no = i.plan_no and p.action in ('create', 'update')
where not exists (select from outcomes as o where o.import_no = i.import_no and o.row = p.row)
union all
select i.import_no, i.import_id, i.record_type, i.state, q.row, q.action, q.target, q.version,
       q.account_id, q.delta, q.currency
from imports as i
join outcomes as o on o.import_no = i.import_no
join plan_rows as q on q.plan_no = o.plan_no and q.row = o.row and q.action in ('create', 'update');

-- Whether another import, or a source, has found a record to be as it is in the books.
create view confirmed_records as
select u.target as record_id, j.import_no
from plan_rows as u
join plans as l on l.plan_no = u.plan_no
join imports as j on j.import_no = l.import_no
where u.action = 'unchanged'
  and (j.state = 'completed' or (j.kind = 'feed' and j.state = 'ready'))
  and (j.plan_no = u.plan_no and not exists (
           select from outcomes as o where o.import_no = j.import_no and o.row = u.row)
       or exists (select from outcomes as o
                  where o.import_no = j.import_no and o.row = u.row and o.plan_no = u.plan_no));
