-- name: plan
-- One pass over the revision: the first reason that holds decides a row. `offset 0` keeps each
-- step's expressions from being computed again wherever the next step names them.
insert into plan_rows (plan_no, row, attempt, action, reason, target, version, account_id, kind,
                       delta, amount, currency, before_minor)
with by_name as not materialized (
    select s.row, s.account_name,
           s.account_number is null or not :match_by_number as name_only
    from staged_accounts as s
    where s.import_no = :import_no and s.revision = :revision
      and s.row between :first_row and :last_row and s.accepted
      and (:only_rows::integer[] is null or s.row = any(:only_rows))
      and (not :corrected::boolean or not exists (
          select from import_rows as l
          where l.attempt > 1 and l.import_no = s.import_no and l.revision = s.revision
            and l.row = s.row and l.attempt > s.attempt))
      and (s.account_number is null or not :match_by_number)
),
found_by_name as (
    select n.row, min(f.account_number) as account_number, count(f.id) as matches
    from by_name as n
    left join accounts as f
        on hashtextextended(lower(f.account_name), 0) = hashtextextended(lower(n.account_name), 0)
        and lower(f.account_name) = lower(n.account_name) and f.active and :match_by_name
    group by n.row
),
repeated_names as (
    select lower(n.account_name) as name from by_name as n
    group by lower(n.account_name) having count(*) > 1
),
repeated_numbers as (
    select s.account_number, min(s.row) as first_row, max(s.row) as last_row
    from staged_accounts as s
    where s.import_no = :import_no and s.revision = :revision and s.accepted
      and s.row between :first_row and :last_row
      and (:only_rows::integer[] is null or s.row = any(:only_rows))
      and (not :corrected::boolean or not exists (
          select from import_rows as l
          where l.attempt > 1 and l.import_no = s.import_no and l.revision = s.revision
            and l.row = s.row and l.attempt > s.attempt))
      and s.account_number is not null and :match_by_number
    group by s.account_number having count(*) > 1
),
staged as (
    select s.* from staged_accounts as s
    where s.import_no = :import_no and s.revision = :revision
      and s.row between :first_row and :last_row
      and (:only_rows::integer[] is null or s.row = any(:only_rows))
      and (not :corrected::boolean or not exists (
          select from import_rows as l
          where l.attempt > 1 and l.import_no = s.import_no and l.revision = s.revision
            and l.row = s.row and l.attempt > s.attempt))
    offset 0
),
matched as (
    select s.row, s.attempt, s.accepted, s.balance, s.custom, s.account_name, s.currency as said_currency,
           s.status, s.agent, s.due_date, s.debtor, a.id, a.version, b.minor as known_minor,
           a.currency as known_currency, n.matches, g.id as agent_id,
           coalesce(s.currency, a.currency, :default_currency) as currency,
           rm.name is not null as repeated_name, rn.first_row, rn.last_row,
           a.id is not null and (
               (s.account_name is not null and s.account_name <> a.account_name)
               or (s.status is not null and s.status <> '' and s.status <> a.status)
               or (s.agent is not null and not (s.agent <> '' and g.id is null
                                                and :unknown_agent = 'unassigned')
                   and g.id is distinct from a.agent_id)
               or (s.agent <> '' and g.id is null and :unknown_agent = 'create')
               or (s.due_date is not null and nullif(s.due_date, '')::date is distinct from a.due_date)
               or (s.debtor is not null and nullif(s.debtor, '') is distinct from a.debtor)
               or (s.custom is not null and overlaid_custom(s.custom, a.custom) <> a.custom)
           ) as differs
    from staged as s
    left join found_by_name as n on n.row = s.row
    left join repeated_names as rm on n.row is not null and rm.name = lower(s.account_name)
    left join repeated_numbers as rn on n.row is null and rn.account_number = s.account_number
    left join accounts as a
        on a.account_number = case when n.row is null then s.account_number
                                   when n.matches = 1 then n.account_number end
        and a.active and s.accepted
    left join balances as b on b.account_id = a.id
    left join agents as g on g.key = lower(s.agent)
    offset 0
),
-- One function a step: PostgreSQL inlines a function only over plain columns.
priced as (
    select m.*, currency_digits(m.currency) as digits from matched as m offset 0
),
scaled as (
    select p.*, minor_units(p.balance, p.digits) as minor from priced as p offset 0
),
compared as (
    select s.*, s.minor - s.known_minor as difference from scaled as s
),
decided as (
    select m.*, case
        when not accepted then 'reject'
        when minor is null and abs(balance) >= 1e13 then 'reject amount_too_large'
        when minor is null then 'reject too_many_decimals'
        when repeated_name then 'reject ambiguous_name'
        when last_row is not null and :duplicates = 'reject_all'
            then 'reject repeated_key_rejected'
        when last_row is not null and row <> case :duplicates when 'first' then first_row
                                                              else last_row end
            then 'skip repeated_key'
        when matches > 1 then 'reject ambiguous_name'
        when agent <> '' and agent_id is null and :unknown_agent = 'reject'
            then 'reject unknown_agent'
        when id is null and :mode = 'update_existing' then 'skip no_match'
        when id is null then 'create'
        when :mode = 'create_new' then 'reject already_exists'
        when :mode = 'skip_duplicates' then 'skip already_exists'
        when said_currency <> known_currency then 'reject currency_mismatch'
        when difference <> 0 and :balance_difference = 'hold' then 'hold balance_differs'
        when difference <> 0 and :balance_difference = 'adjust' then 'update'
        when differs then 'update'
        else 'unchanged'
    end as decision
    from compared as m
    offset 0
),
numbered as (
    select d.*,
           case when decision = 'create' then 'create'::plan_action
                when decision like 'reject%' and :on_error = 'review' then 'hold'::plan_action
                else split_part(decision, ' ', 1)::plan_action end as action,
           case when decision = 'create' then null
                when decision = 'reject' and :on_error = 'review' then 'needs_review'
                else nullif(split_part(decision, ' ', 2), '') end as reason,
           case decision when 'create' then nextval('record_ids') else id end as target
    from decided as d
    offset 0
)
select :plan_no::integer, row, attempt, action, reason, target, version, target,
       case when action = 'create' then 'opening'::posting_kind
            when action in ('update', 'hold') and difference <> 0
                 and :balance_difference <> 'ignore' then 'adjustment' end,
       case when action = 'create' then minor
            when action in ('update', 'hold') and difference <> 0
                 and :balance_difference <> 'ignore' then difference end,
       minor, currency, known_minor
from numbered;
