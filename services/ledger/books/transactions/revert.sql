-- name: lock
-- Against reversals, too, which only share their account.
select a.id from accounts as a
where a.id in (
    select w.account_id from applied_rows as w
    where w.import_no = :import_no and w.row between :first_row and :last_row)
order by a.id for update;

-- name: decide
insert into revert_rows (import_no, row, record_id, account_id, delta, currency, version, action,
                         reason)
select u.import_no, u.row, u.record_id, u.account_id, u.delta, u.currency, u.made_version, u.action,
       u.reason
from undo_transactions as u
where u.import_no = :import_no and u.row between :first_row and :last_row;

-- name: remember
insert into record_changes (record_id, version, import_no, row, record_type, before, undoes)
select t.id, t.version + 1, d.import_no, d.row, 'transactions', '{"state": "active"}', d.version
from revert_rows as d
join transactions as t on t.id = d.record_id
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null;

-- name: withdraw
update transactions as t set active = false, version = t.version + 1, updated_at = now()
from revert_rows as d
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
  and t.id = d.record_id;
