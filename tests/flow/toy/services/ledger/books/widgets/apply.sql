-- name: create
-- when: create
insert into widgets (id, widget_code, colour, import_no, row)
select p.target, s.widget_code, s.colour, :import_no::integer, p.row
from plan_rows as p
join staged_widgets as s
    on s.import_no = :import_no and s.revision = :revision and s.row = p.row
    and s.attempt = p.attempt
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create';
