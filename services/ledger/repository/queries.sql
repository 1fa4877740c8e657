-- What the engine keeps of every import, whatever its record type.

-- name: find_import
select import_no, import_id, kind, record_type, state, config, config_version, file_sha256, plan_no,
       corrects
from imports where import_id = :import_id;

-- name: lock_import
select import_no, import_id, kind, record_type, state, config, config_version, file_sha256, plan_no,
       corrects
from imports where import_no = :import_no for update;

-- name: ensure_import
insert into imports (import_id) values (:import_id) on conflict (import_id) do nothing;

-- name: ensure_revision
insert into revisions (import_no, revision) values (:import_no, :revision)
on conflict do nothing;

-- name: open_import
update imports
set record_type = :record_type, config = :config::jsonb, file_sha256 = :file_sha256, actor = :actor,
    corrects = :corrects::uuid, opened_at = :opened_at::timestamptz
where import_id = :import_id and record_type is null;

-- name: note_revision_read
update revisions
set expected = :expected, default_currency = :default_currency, trailer = :trailer::jsonb
where import_no = :import_no and revision = :revision;

-- name: reopen_for_revision
-- A later revision's plan is not there yet: until it is, nothing can be completed.
update imports as i set state = 'reading', plan_no = null, remark = null
where i.import_no = :import_no and i.state = 'ready'
  and exists (select from plans as p where p.plan_no = i.plan_no and p.revision < :revision);

-- name: change_options
update imports set config = :config::jsonb, config_version = :config_version
where import_id = :import_id and config_version < :config_version
  and state in ('reading', 'ready');

-- name: create_incoming
create temporary table if not exists incoming (
    import_no integer, row integer, revision smallint, attempt smallint, accepted boolean,
    "values" text[], custom jsonb, warnings jsonb, violations jsonb, cells jsonb,
    corrects_row integer
) on commit delete rows;

-- name: stage_incoming
-- Only a first attempt fills its revision; a repeated delivery meets the primary key.
with inserted as (
    insert into import_rows (import_no, row, revision, attempt, accepted, values, custom, warnings,
                             violations, cells, corrects_row)
    select import_no, row, revision, attempt, accepted, "values", custom, warnings,
           violations, cells, corrects_row
    from incoming
    on conflict do nothing
    returning import_no, revision, attempt
)
select import_no, revision, count(*) as staged from inserted
where attempt = 1 group by import_no, revision order by import_no, revision;

-- name: add_staged
update revisions set staged = staged + :staged
where import_no = :import_no and revision = :revision;

-- name: is_corrected
select exists (
    select from import_rows as r
    where r.import_no = :import_no and r.revision = :revision and r.attempt > 1);

-- name: find_unplanned
-- Full revisions without a plan of the newest options; the newest revision counts.
select i.import_no
from imports as i
join lateral (
    select v.revision, v.staged, v.expected from revisions as v
    where v.import_no = i.import_no order by v.revision desc limit 1) as r on true
left join plans as p on p.plan_no = i.plan_no
where i.state in ('reading', 'ready') and i.kind = 'file' and i.record_type is not null
  and r.staged = r.expected
  and not exists (
      select from attempts as a
      where a.import_no = i.import_no and a.revision = r.revision
        and not exists (
            select from import_rows as x
            where x.import_no = a.import_no and x.revision = a.revision and x.row = a.row
              and x.attempt = a.attempt))
  and (p.plan_no is null or p.revision <> r.revision or p.config_version <> i.config_version)
order by i.import_no
limit 1
for update of i skip locked;

-- name: note_validator
update revisions set validators = array_append(validators, :validator)
where import_no = :import_no and revision = :revision and not validators @> array[:validator::text];

-- name: newest_revision
select revision, staged, expected, default_currency, trailer from revisions
where import_no = :import_no order by revision desc limit 1;

-- name: create_plan
insert into plans (plan_id, import_no, revision, config_version, default_currency, rows, last_row)
values (:plan_id, :import_no, :revision, :config_version, :default_currency, :rows, :last_row)
returning plan_no;

-- name: find_plan
select plan_no, plan_id, import_no, revision, config_version, default_currency, rows, first_row,
       last_row, last_phase, counts, amounts, control
from plans where plan_no = :plan_no;

-- name: summarise_plan
select p.action::text as action, p.currency, count(*) as rows, coalesce(sum(p.amount), 0)::bigint as amount,
       coalesce(sum(p.delta) filter (where p.action in ('create', 'update')), 0)::bigint as posted
from plan_rows as p where p.plan_no = :plan_no
group by p.action, p.currency;

-- name: summarise_import
-- As it is now: the plan's rows, but where an outcome differs.
select coalesce(q.action, o.action, p.action)::text as action,
       coalesce(q.currency, p.currency) as currency, count(*) as rows,
       coalesce(sum(coalesce(q.amount, p.amount)), 0)::bigint as amount,
       coalesce(sum(case when q.row is null then p.delta else q.delta end)
                filter (where coalesce(q.action, o.action, p.action) in ('create', 'update')
                        and not exists (
                            select from revert_rows as u
                            where u.import_no = :import_no and u.row = p.row and u.reason is null)
                ), 0)::bigint as posted
from plan_rows as p
left join outcomes as o on o.import_no = :import_no and o.row = p.row
left join plan_rows as q on q.plan_no = o.plan_no and q.row = p.row
where p.plan_no = :plan_no
group by 1, 2;

-- name: count_violations
select v.remark ->> 1 as code, v.remark ->> 0 as field, count(distinct r.row) as rows,
       min(r.row) as sample
from plan_rows as p
join import_rows as r
    on r.import_no = :import_no and r.revision = :revision and r.row = p.row
    and r.attempt = p.attempt
cross join lateral jsonb_array_elements(r.violations) as v (remark)
where p.plan_no = :plan_no and not r.accepted and p.action in ('reject', 'hold')
group by 1, 2;

-- name: count_warnings
select v.remark ->> 1 as code, v.remark ->> 0 as field, count(distinct r.row) as rows,
       min(r.row) as sample
from import_rows as r
join plan_rows as p on p.plan_no = :plan_no and p.row = r.row and p.attempt = r.attempt
cross join lateral jsonb_array_elements(r.warnings) as v (remark)
where r.import_no = :import_no and r.revision = :revision and r.warnings is not null
group by 1, 2;

-- name: count_reasons
select p.reason as code, null as field, count(*) as rows, min(p.row) as sample
from plan_rows as p
where p.plan_no = :plan_no and p.reason is not null
group by p.reason;

-- name: count_warned_rows
select count(*) from (
    select r.row from import_rows as r
    join plan_rows as p on p.plan_no = :plan_no and p.row = r.row and p.attempt = r.attempt
    where r.import_no = :import_no and r.revision = :revision and r.warnings is not null
    union
    select p.row from plan_rows as p
    where p.plan_no = :plan_no and p.reason is not null
      and p.action in ('create', 'update', 'unchanged')) as warned;

-- name: describe_plan
update plans
set counts = :counts::jsonb, amounts = :amounts::jsonb, findings = :findings::jsonb,
    warnings = :warnings, control = :control::jsonb, last_phase = (
        select coalesce(max(phase), 1) from plan_rows where plan_no = :plan_no)
where plan_no = :plan_no;

-- name: make_ready
update imports
set plan_no = :plan_no, state = 'ready', ready_at = coalesce(ready_at, now()), remark = null
where import_no = :import_no;

-- name: begin_completion
update imports set state = 'completing', completed_by = :actor where import_no = :import_no;

-- name: remark_import
update imports set remark = :remark where import_no = :import_no;

-- name: cancel_import
update imports set state = 'cancelled', completed_at = now()
where import_id = :import_id and state in ('reading', 'ready');

-- name: find_completing
select i.import_no from imports as i where i.state = 'completing' order by i.import_no;

-- name: try_lock_import
select pg_try_advisory_lock(7010, :import_no);

-- name: unlock_import
select pg_advisory_unlock(7010, :import_no);

-- name: list_applied
select phase, first_row from chunks where plan_no = :plan_no;

-- name: open_chunk
insert into chunks (plan_no, phase, first_row, last_row)
values (:plan_no, :phase, :first_row, :last_row)
on conflict do nothing returning chunk_no;

-- name: list_actions
select distinct p.action::text as action from plan_rows as p
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase;

-- name: hold_moved
insert into outcomes (import_no, row, action, reason)
select :import_no::integer, unnest(:rows::integer[]), 'hold', 'moved'
on conflict (import_no, row) do update
set action = excluded.action, reason = excluded.reason, plan_no = null, decided_at = now();

-- name: replace_held
update outcomes as o set action = p.action, reason = p.reason, plan_no = p.plan_no
from plan_rows as p
where p.plan_no = :new_plan_no and o.import_no = :import_no and o.row = p.row;

-- name: open_balances
insert into balances (account_id, minor)
select p.account_id, p.delta from plan_rows as p
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action = 'create' and p.kind = 'opening'
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no);

-- name: lock_balances
select b.account_id from balances as b
where b.account_id in (
    select p.account_id from plan_rows as p
    where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
      and p.action in ('create', 'update') and p.kind <> 'opening' and p.delta is not null)
order by b.account_id for no key update;

-- name: move_balances
update balances as b set minor = b.minor + d.delta
from (
    select p.account_id, sum(p.delta)::bigint as delta from plan_rows as p
    where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
      and p.action in ('create', 'update') and p.kind <> 'opening' and p.delta is not null
      and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                      and o.plan_no is distinct from p.plan_no)
    group by p.account_id) as d
where b.account_id = d.account_id;

-- name: post
insert into postings (import_no, row, account_id, record_id, kind, minor, currency, chunk_no)
select :import_no::integer, p.row, p.account_id, p.target, p.kind, p.delta, p.currency,
       :chunk_no::integer
from plan_rows as p
where p.plan_no = :plan_no and p.row between :first_row and :last_row and p.phase = :phase
  and p.action in ('create', 'update') and p.delta is not null
  and not exists (select from outcomes as o where o.import_no = :import_no and o.row = p.row
                  and o.plan_no is distinct from p.plan_no);

-- name: close_chunk
-- The last statement of every books transaction: the counter's row is held only until the commit.
with next as (update watermark set value = value + 1 returning value)
update chunks as c set watermark = next.value, rows = :rows
from next where c.chunk_no = any(:chunk_numbers::integer[])
returning c.watermark;

-- name: find_chunk
select c.chunk_no, c.plan_no, c.phase, c.first_row, c.last_row, c.watermark,
       i.import_no, i.import_id, i.record_type, i.kind, p.revision, c.applied_at
from chunks as c
join plans as p on p.plan_no = c.plan_no
join imports as i on i.import_no = p.import_no
where c.chunk_no = :chunk_no;

-- name: list_later_plans
select distinct o.plan_no from outcomes as o
where o.import_no = :import_no and o.row between :first_row and :last_row
  and o.plan_no is not null;

-- name: complete_import
update imports
set state = 'completed', completed_at = now(), settled = :summary::jsonb,
    as_completed = :summary::jsonb
where import_no = :import_no;

-- name: settle_import
-- What is now; the counts at completion never change.
update imports set settled = :summary::jsonb where import_no = :import_no;

-- name: has_outcomes
select exists (select from outcomes where import_no = :import_no);

-- name: greatest_watermark
select coalesce(max(watermark), (select value from watermark)) from chunks where plan_no = :plan_no;

-- name: find_feed
select f.import_no, f.plan_no, f.rows, i.import_id from feeds as f
join imports as i on i.import_no = f.import_no
where f.source = :source and f.day = :day::date and f.record_type = :record_type
  and i.state = 'ready'
order by f.series desc limit 1
for update of f;

-- name: create_feed_import
insert into imports (import_id, kind, record_type, state, config, actor, opened_at)
values (:import_id, 'feed', :record_type, 'ready', :config::jsonb, :source, now())
returning import_no;

-- name: set_plan
update imports set plan_no = :plan_no where import_no = :import_no;

-- name: create_feed
insert into feeds (source, day, record_type, import_no, plan_no, series)
select :source, :day::date, :record_type, :import_no, :plan_no, count(*) + 1 from feeds as f
where f.source = :source and f.day = :day::date and f.record_type = :record_type;

-- name: grow_feed
update feeds set rows = rows + :added where import_no = :import_no;

-- name: grow_feed_plan
update plans set rows = rows + :added, last_row = last_row + :added where plan_no = :plan_no;

-- name: lock_feed_key
select pg_advisory_xact_lock(7011, hashtext(:feed_key));

-- name: find_submissions
select s.source, s.event_id, s.fingerprint, s.reference, i.import_id, i.record_type
from submissions as s
join imports as i on i.import_no = s.import_no
join unnest(:sources::text[], :event_ids::text[]) as asked (source, event_id)
    on asked.source = s.source and asked.event_id = s.event_id;

-- name: add_submissions
insert into submissions (source, event_id, fingerprint, import_no, row, reference)
select :source::text, s.event_id, s.fingerprint, :import_no::integer, s.row, s.reference
from unnest(:event_ids::text[], :fingerprints::text[], :rows::integer[], :references::text[])
    as s (event_id, fingerprint, row, reference);

-- name: list_settled
select s.source, s.event_id, s.reference, s.row, p.action::text as action, p.reason, p.target,
       r.violations, r.warnings
from submissions as s
join plan_rows as p on p.plan_no = :plan_no and p.row = s.row
join import_rows as r on r.import_no = s.import_no and r.revision = 1 and r.row = s.row
    and r.attempt = p.attempt
where s.import_no = :import_no and s.row between :first_row and :last_row
order by s.row;

-- name: reject_range
insert into plan_rows (plan_no, row, attempt, action)
select :plan_no::integer, r.row, r.attempt, 'reject' from import_rows as r
where r.import_no = :import_no and r.revision = :revision
  and r.row between :first_row and :last_row;
