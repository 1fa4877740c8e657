-- name: find_missing_agents
select exists (
    select from (
        select distinct s.agent from staged_accounts as s
        where s.import_no = :import_no and s.revision = :revision
          and s.row between :first_row and :last_row and s.accepted and s.agent <> '') as named
    where not exists (select from agents as g where g.key = lower(named.agent))) as missing;

-- name: prepare
-- The agents that this plan creates, in one order, before any range of it is applied.
insert into agents (key)
select distinct lower(s.agent) as key
from plan_rows as p
join staged_accounts as s
    on s.import_no = :import_no and s.revision = :revision and s.row = p.row
    and s.attempt = p.attempt and s.row between :first_row and :last_row
where p.plan_no = :plan_no and p.row between :first_row and :last_row
  and p.action in ('create', 'update') and s.agent <> '' and :unknown_agent = 'create'
order by key
on conflict (key) do nothing;

-- name: lock
-- when: update
-- In id order, so that two chunks or imports on the same accounts never wait for each other in a ring.
select a.id from accounts as a
where a.id in (
    select p.target from plan_rows as p
    where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
      and p.action = 'update')
order by a.id for no key update;

-- name: find_moved
-- when: update
-- What the plan has read of a known account was changed by someone else.
select p.row from plan_rows as p
left join accounts as a on a.id = p.target and a.active
left join balances as b on b.account_id = p.target
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'update'
  and (a.id is null or a.version <> p.version
       or (p.delta is not null and b.minor <> p.before_minor));

-- name: find_taken
-- when: create
-- Asked only after a unique violation: accounts that someone else has created since the plan.
select p.row from plan_rows as p
join staged_accounts as s
    on s.import_no = :import_no and s.revision = :revision and s.row = p.row
    and s.attempt = p.attempt and s.row between :first_row and :last_row
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
  and exists (select from accounts as a where a.account_number = s.account_number and a.active);

-- name: create
-- when: create
insert into accounts (id, account_number, account_name, currency, status, agent_id, due_date,
                      debtor, custom, import_no, row)
select p.target, coalesce(s.account_number, next_account_number()), s.account_name, p.currency,
       coalesce(nullif(s.status, ''), 'Active'), g.id, nullif(s.due_date, '')::date,
       nullif(s.debtor, ''), coalesce(jsonb_strip_nulls(s.custom), '{}'), :import_no::integer, p.row
from plan_rows as p
join staged_accounts as s
    on s.import_no = :import_no and s.revision = :revision and s.row = p.row
    and s.attempt = p.attempt and s.row between :first_row and :last_row
left join agents as g on g.key = lower(s.agent)
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no);

-- name: remember
-- when: update
insert into record_changes (record_id, version, import_no, row, record_type, before)
select a.id, a.version + 1, :import_no::integer, p.row, 'accounts',
       ledger_v1.record_json('accounts', a.id)
from plan_rows as p
join accounts as a on a.id = p.target
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'update'
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no);

-- name: update
-- when: update
update accounts as a
set account_name = coalesce(nullif(s.account_name, ''), a.account_name),
    status = coalesce(nullif(s.status, ''), a.status),
    agent_id = case when s.agent is null then a.agent_id
                    when s.agent <> '' and g.id is null then a.agent_id else g.id end,
    due_date = overlaid(s.due_date, a.due_date::text)::date,
    debtor = overlaid(s.debtor, a.debtor),
    custom = overlaid_custom(s.custom, a.custom),
    version = a.version + 1, updated_at = now()
from plan_rows as p
join staged_accounts as s
    on s.import_no = :import_no and s.revision = :revision and s.row = p.row
    and s.attempt = p.attempt and s.row between :first_row and :last_row
left join agents as g on g.key = lower(s.agent)
where a.id = p.target
  and p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'update'
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no);
