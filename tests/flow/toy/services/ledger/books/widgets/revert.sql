-- name: lock
select w.id from widgets as w
where w.id in (
    select r.target from applied_rows as r
    where r.import_no = :import_no and r.row between :first_row and :last_row)
order by w.id for update;

-- name: decide
insert into revert_rows (import_no, row, record_id, version, action, reason)
select u.import_no, u.row, u.record_id, u.made_version, u.action, u.reason
from undo_widgets as u
where u.import_no = :import_no and u.row between :first_row and :last_row;

-- name: remember
insert into record_changes (record_id, version, import_no, row, record_type, before, undoes)
select w.id, w.version + 1, d.import_no, d.row, 'widgets', '{"state": "active"}', d.version
from revert_rows as d
join widgets as w on w.id = d.record_id
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null;

-- name: withdraw
update widgets as w set active = false, version = w.version + 1
from revert_rows as d
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
  and w.id = d.record_id;
