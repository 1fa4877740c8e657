-- name: find_missing_agents
select exists (
    select from (
        select distinct s.agent from staged_transactions as s
        where s.import_no = :import_no and s.revision = :revision
          and s.row between :first_row and :last_row and s.accepted and s.agent <> '') as named
    where not exists (select from agents as g where g.key = lower(named.agent))) as missing;

-- name: prepare
-- The agents that this plan creates, in one order, before any range of it is applied.
insert into agents (key)
select distinct lower(s.agent) as key
from plan_rows as p
join staged_transactions as s
    on s.import_no = :import_no and s.revision = :revision and s.row = p.row
    and s.attempt = p.attempt and s.row between :first_row and :last_row
where p.plan_no = :plan_no and p.row between :first_row and :last_row
  and p.action in ('create', 'update') and s.agent <> '' and :unknown_agent = 'create'
order by key
on conflict (key) do nothing;

-- name: lock
-- when: create
-- A payment reads only its account's existence, currency and state: it shares the account.
select a.id from accounts as a
where a.id in (
    select p.account_id from plan_rows as p
    where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
      and p.action = 'create')
order by a.id for key share;

-- name: find_moved
-- when: create
select p.row from plan_rows as p
left join accounts as a on a.id = p.account_id and a.active and a.currency = p.currency
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
  and (a.id is null
       or (p.related is not null and not exists (
               select from transactions as t where t.id = p.related and t.active)));

-- name: find_taken
-- when: create
-- Asked only after a unique violation: a reference, or a reversal, that came in since the plan.
select p.row from plan_rows as p
join staged_transactions as s
    on s.import_no = :import_no and s.revision = :revision and s.row = p.row
    and s.attempt = p.attempt and s.row between :first_row and :last_row
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
  and (exists (select from transactions as t where t.active
               and t.reference = coalesce(s.reference, p.reference))
       or (p.related is not null and exists (
               select from transactions as t where t.active and t.reverses = p.related)));

-- name: create
-- when: create
insert into transactions (id, account_id, minor, reverses, import_no, row, agent_id,
                          effective_date, derived, reference, type, currency, method, notes)
select p.target, p.account_id, p.amount, p.related, :import_no::integer, p.row, g.id, s.effective_date,
       s.reference is null, coalesce(s.reference, p.reference), s.type, p.currency, s.method,
       s.notes
from plan_rows as p
join staged_transactions as s
    on s.import_no = :import_no and s.revision = :revision and s.row = p.row
    and s.attempt = p.attempt and s.row between :first_row and :last_row
left join agents as g on g.key = lower(s.agent)
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create'
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no);

-- name: find_unparked
-- Parked rows whose account, or whose transaction to reverse, is in the books by now. Numbers are
-- looked up; names have no index (decision 5): all of them are compared in one pass.
with parked as materialized (
    select i.import_no, p.row, s.account_number, lower(s.account_name) as name,
           s.reverses_reference
    from imports as i
    join plans as l on l.plan_no = i.plan_no
    join plan_rows as p on p.plan_no = l.plan_no and p.action = 'park'
    left join outcomes as o on o.import_no = i.import_no and o.row = p.row
    left join plan_rows as q on q.plan_no = o.plan_no and q.row = p.row
    join staged_transactions as s
        on s.import_no = i.import_no and s.revision = l.revision and s.row = p.row
        and s.attempt = p.attempt
    where i.record_type = 'transactions'
      and (i.state = 'completed' or (i.kind = 'feed' and i.state = 'ready'))
      and coalesce(q.action, o.action, p.action) = 'park'
),
placed as (
    select p.import_no, p.row, p.reverses_reference from parked as p
    where exists (select from accounts as a
                  where a.active and a.account_number = p.account_number)
    union all
    select p.import_no, p.row, p.reverses_reference from parked as p
    where p.account_number is null
      and exists (select from accounts as a where a.active and lower(a.account_name) = p.name)
)
select p.import_no, p.row from placed as p
where p.reverses_reference is null or exists (
    select from transactions as t where t.active and t.reference = p.reverses_reference)
order by p.import_no, p.row
limit 20000;
