-- name: plan
-- Everything but what depends on other rows of the file, which `plan_reversals` decides.
insert into plan_rows (plan_no, row, attempt, action, reason, target, account_id, kind, delta,
                       amount, currency, phase, reference)
with staged as (
    select s.*, lower(s.account_name) as name from staged_transactions as s
    where s.import_no = :import_no and s.revision = :revision
      and s.row between :first_row and :last_row
      and (:only_rows::integer[] is null or s.row = any(:only_rows))
      and (not :corrected::boolean or not exists (
          select from import_rows as l
          where l.attempt > 1 and l.import_no = s.import_no and l.revision = s.revision
            and l.row = s.row and l.attempt > s.attempt))
    offset 0
),
found_by_name as (
    select n.row, min(f.account_number) as account_number, count(f.id) as matches
    from staged as n
    join accounts as f
        on hashtextextended(lower(f.account_name), 0) = hashtextextended(n.name, 0)
        and lower(f.account_name) = n.name and f.active
    where n.accepted and n.account_number is null
    group by n.row
),
placed as (
    select s.*, a.id as account_id, a.account_number as known_number, a.status,
           a.currency as known_currency, n.matches, g.id as agent_id,
           coalesce(s.currency, a.currency, :default_currency) as booked_currency
    from staged as s
    left join found_by_name as n on n.row = s.row
    left join accounts as a on a.active
        and a.account_number = coalesce(s.account_number,
                                        case when n.matches = 1 then n.account_number end)
    left join agents as g on g.key = lower(s.agent)
    offset 0
),
-- One function a step: PostgreSQL inlines a function only over plain columns.
priced as (
    select p.*, currency_digits(p.booked_currency) as digits from placed as p
    offset 0
),
scaled as (
    select p.*, minor_units(p.amount, p.digits) as minor from priced as p offset 0
),
counted as (
    select s.*, case when s.accepted and s.reference is null and s.account_id is not null then
        row_number() over (partition by s.reference is null, s.account_id, s.type, s.minor,
                           s.booked_currency, s.effective_date, s.method order by s.row)
        + (select count(*) from transactions as e
           where (e.import_no = :import_no or :released::boolean) and e.derived and e.active
             and e.account_id = s.account_id and e.type = s.type and e.minor = s.minor
             and e.currency = s.booked_currency and e.effective_date = s.effective_date
             and e.method is not distinct from s.method)
        end as ordinal
    from scaled as s
),
referenced as (
    select c.*, coalesce(c.reference, case when c.account_id is not null then derived_reference(
        c.known_number, c.type, c.minor, c.booked_currency, c.effective_date, c.method, c.ordinal)
        end) as full_reference
    from counted as c
    offset 0
),
repeated as (
    select r.reference, min(r.row) as first_row, max(r.row) as last_row,
           count(distinct (coalesce(r.account_id::text, r.account_number, r.name), r.type, r.minor,
                           r.booked_currency, r.effective_date)) > 1 as conflicting
    from referenced as r
    where r.accepted and r.minor is not null and r.reference is not null
    group by r.reference having count(*) > 1
),
known as (
    select r.*, rp.first_row, rp.last_row, rp.conflicting, t.id as known_id,
           (t.account_id, t.type, t.minor, t.currency, t.effective_date)
               = (r.account_id, r.type, r.minor, r.booked_currency, r.effective_date) as same,
           t.method is distinct from r.method
               or t.notes is distinct from r.notes
               or (r.agent <> '' and t.agent_id is distinct from r.agent_id) as details_differ,
           t.id is not null and r.reference is null
               and i.file_sha256 is distinct from :file_sha256
               and t.import_no <> :import_no as from_elsewhere
    from referenced as r
    left join repeated as rp on rp.reference = r.reference and r.accepted
    left join transactions as t on t.reference = r.full_reference and t.active
    left join imports as i on i.import_no = t.import_no and r.reference is null
),
decided as (
    select k.*, case
        when not accepted then 'reject'
        when minor is null and abs(amount) >= 1e13 then 'reject amount_too_large'
        when minor is null then 'reject too_many_decimals'
        when matches > 1 then 'reject ambiguous_name'
        when conflicting then 'reject reference_reused'
        when last_row is not null and :duplicates = 'reject_all'
            then 'reject repeated_key_rejected'
        when last_row is not null and row <> case :duplicates when 'first' then first_row
                                                              else last_row end
            then 'skip repeated_key'
        when account_id is null and known_id is not null then 'reject reference_reused'
        when account_id is null then 'park account_unknown'
        when currency <> known_currency then 'reject currency_mismatch'
        when from_elsewhere and not :released then 'hold possible_duplicate'
        when known_id is not null and same and details_differ
            then 'unchanged details_differ'
        when known_id is not null and same then 'unchanged'
        when known_id is not null then 'reject reference_reused'
        when agent <> '' and agent_id is null and :unknown_agent = 'reject'
            then 'reject unknown_agent'
        when :mode = 'update_existing' then 'skip no_match'
        when status = 'Closed' then 'create closed_account'
        else 'create'
    end as decision
    from known as k
    offset 0
),
numbered as (
    select d.*, case when decision like 'reject%' and :on_error = 'review' then 'hold'::plan_action
                     else split_part(decision, ' ', 1)::plan_action end as action,
           case when decision = 'reject' and :on_error = 'review' then 'needs_review'
                else nullif(split_part(decision, ' ', 2), '') end as reason,
           case when decision like 'create%' then nextval('record_ids') else known_id end as target
    from decided as d
    offset 0
)
select :plan_no::integer, row, attempt, action, reason, target, account_id,
       case when action in ('create', 'hold', 'park') then type end,
       case when action in ('create', 'hold', 'park') then direction(type) * minor end,
       minor, booked_currency, case when reverses_reference is null then 1 else 2 end,
       case when reference is null then full_reference end
from numbered;

-- name: plan_reversals
-- A reversal is whole and happens once; its transaction may stand in the books or in this very file.
with reversals as (
    select p.row, p.account_id, p.amount, p.currency, s.type, s.reverses_reference
    from plan_rows as p
    join staged_transactions as s
        on s.import_no = :import_no and s.revision = :revision and s.row = p.row
        and s.attempt = p.attempt
    where p.plan_no = :plan_no and p.phase = 2 and p.action = 'create'
      and p.row between :first_row and :last_row
      and (:only_rows::integer[] is null or p.row = any(:only_rows))
),
originals as (
    select r.row, coalesce(t.id, f.target) as id,
           t.id is not null and exists (
               select from transactions as v where v.reverses = t.id and v.active) as reversed,
           coalesce(t.account_id, f.account_id) = r.account_id
               and coalesce(t.type, f.kind)::text || '_reversal' = r.type::text
               and coalesce(t.minor, f.amount) = r.amount
               and coalesce(t.currency, f.currency) = r.currency as whole
    from reversals as r
    left join transactions as t on t.reference = r.reverses_reference and t.active
    left join lateral (
        select p.target, p.account_id, p.kind, p.amount, p.currency
        from staged_transactions as o
        join plan_rows as p on p.plan_no = :plan_no and p.row = o.row and p.action = 'create'
        where o.import_no = :import_no and o.revision = :revision and t.id is null
          and o.row between :first_row and :last_row
          and o.reference = r.reverses_reference
        limit 1) as f on true
),
ranked as (
    select o.*, row_number() over (partition by o.id, o.whole order by o.row) as place
    from originals as o
)
update plan_rows as p
set related = o.id,
    action = case when o.id is null then 'park' when not o.whole or o.reversed or o.place > 1
                  then case :on_error when 'review' then 'hold' else 'reject' end
                  else p.action::text end::plan_action,
    reason = case when o.id is null then 'reversed_unknown'
                  when not o.whole then 'reversal_differs'
                  when o.reversed or o.place > 1 then 'already_reversed' else p.reason end,
    delta = case when o.id is null or (o.whole and not o.reversed and o.place = 1)
                 then p.delta end
from ranked as o
where p.plan_no = :plan_no and p.row = o.row;
