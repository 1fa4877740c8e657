-- name: lock
-- Against payments, too, which only share their account: after this nobody can post to it unseen.
select a.id from accounts as a
where a.id in (
    select w.target from applied_rows as w
    where w.import_no = :import_no and w.row between :first_row and :last_row)
order by a.id for update;

-- name: decide
insert into revert_rows (import_no, row, record_id, account_id, delta, currency, version, action,
                         reason)
select u.import_no, u.row, u.record_id, u.account_id, u.delta, u.currency, u.made_version, u.action,
       u.reason
from undo_accounts as u
where u.import_no = :import_no and u.row between :first_row and :last_row;

-- name: remember
insert into record_changes (record_id, version, import_no, row, record_type, before, undoes)
select a.id, a.version + 1, d.import_no, d.row, 'accounts',
       case when d.action = 'create' then '{"state": "active"}'::jsonb
            else ledger_v1.record_json('accounts', a.id) end, d.version
from revert_rows as d
join accounts as a on a.id = d.record_id
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null;

-- name: withdraw
update accounts as a set active = false, version = a.version + 1, updated_at = now()
from revert_rows as d
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
  and d.action = 'create' and a.id = d.record_id;

-- name: restore
-- To what stood there before this import's change; money is reversed by postings alone.
update accounts as a
set account_name = h.before ->> 'account_name', status = h.before ->> 'status', agent_id = g.id,
    due_date = (h.before ->> 'due_date')::date, debtor = h.before ->> 'debtor',
    custom = coalesce(h.before -> 'custom', '{}'), version = a.version + 1, updated_at = now()
from revert_rows as d
join record_changes as h on h.record_id = d.record_id and h.version = d.version
left join agents as g on g.key = h.before ->> 'agent'
where d.import_no = :import_no and d.row between :first_row and :last_row and d.reason is null
  and d.action = 'update' and a.id = d.record_id;
