-- The views that the ledger publishes (contracts/views.py); laid anew by each migration run.
create or replace view ledger_v1.watermark as select value from ledger.watermark;

create or replace view ledger_v1.imports as
select i.import_id, i.record_type, i.state, p.revision::integer as revision,
       r.expected as rows_expected, coalesce(r.staged, 0) as rows_staged,
       p.plan_id, p.made_at as plan_made_at,
       coalesce(i.settled -> 'counts', p.counts, '{}') as counts,
       coalesce(i.settled -> 'amounts', p.amounts, '{}') as amounts,
       coalesce(p.warnings, 0) as warnings,
       coalesce(p.findings, '[]') || case when i.remark is null then '[]'::jsonb else
           jsonb_build_array(jsonb_build_object('code', i.remark, 'field', null, 'rows', 0,
                                                'sample', null)) end as findings,
       p.control, i.as_completed, i.ready_at, i.completed_at,
       (select coalesce(sum(c.rows), 0) from ledger.chunks as c
        where c.plan_no = p.plan_no and c.phase < 9) as applied_rows,
       i.kind, p.config_version, i.revert, i.reverted_at,
       (select coalesce(sum(c.rows), 0) from ledger.chunks as c
        where c.plan_no = p.plan_no and c.phase = 9) as reverted_rows,
       coalesce(r.validators, '{}') as validators, i.file_sha256, i.actor
from ledger.imports as i
left join ledger.plans as p on p.plan_no = i.plan_no
left join lateral (
    select v.expected, v.staged, v.validators from ledger.revisions as v
    where v.import_no = i.import_no order by v.revision desc limit 1) as r on true;

create or replace view ledger_v1.import_rows as
select i.import_id, r.row, r.attempt::integer as attempt,
       case when r.accepted then 'accepted' else 'rejected' end as verdict,
       r.values, r.custom, r.warnings, r.violations, r.cells,
       coalesce(q.action, o.action, p.action)::text as action,
       case when q.row is not null then q.reason when o.row is not null then o.reason
            else p.reason end as reason,
       case when i.state in ('completed', 'reverting', 'reverted') or i.kind = 'feed'
            then ledger.outcome_word(coalesce(q.action, o.action, p.action)) end as outcome,
       o.reason as outcome_reason,
       coalesce(q.target, p.target) as record_id,
       coalesce(h.before, case when p.version is not null
                               then ledger_v1.record_json(i.record_type, p.target) end) as before,
       case when q.row is not null then q.delta else p.delta end as delta,
       coalesce(q.currency, p.currency) as currency,
       coalesce(q.amount, p.amount) as amount,
       case when u.row is not null then case when u.reason is null then 'reversed' else 'kept' end
            end as reverted,
       u.reason as kept_reason, r.corrects_row, o.decided_at
from ledger.imports as i
join ledger.plans as l on l.plan_no = i.plan_no
join ledger.import_rows as r on r.import_no = i.import_no and r.revision = l.revision
join ledger.plan_rows as p on p.plan_no = l.plan_no and p.row = r.row and p.attempt = r.attempt
left join ledger.outcomes as o on o.import_no = i.import_no and o.row = r.row
left join ledger.plan_rows as q on q.plan_no = o.plan_no and q.row = r.row
left join ledger.record_changes as h
    on h.import_no = i.import_no and h.row = r.row and h.undoes is null
left join ledger.revert_rows as u on u.import_no = i.import_no and u.row = r.row;

create or replace view ledger_v1.postings as
select i.import_id, p.row, p.entry::integer as entry, p.account_id,
       case when p.kind <> 'opening' and p.record_id <> p.account_id then p.record_id end
           as transaction_id,
       p.kind::text as kind, p.minor, p.currency, c.applied_at as posted_at, c.watermark,
       a.account_number, p.reverses_entry::integer as reverses_entry
from ledger.postings as p
join ledger.imports as i on i.import_no = p.import_no
join ledger.chunks as c on c.chunk_no = p.chunk_no
join ledger.accounts as a on a.id = p.account_id;

create or replace view ledger_v1.balances as select account_id, minor from ledger.balances;

create or replace view ledger_v1.record_changes as
select h.record_id, h.version, h.record_type, i.import_id, h.row, h.before, h.changed_at, h.undoes,
       case when h.undoes is null then i.actor else i.revert ->> 'actor' end as actor,
       case when h.undoes is null then 'updated' when h.undoes = 1 then 'withdrawn'
            else 'restored' end as change
from ledger.record_changes as h join ledger.imports as i on i.import_no = h.import_no;

create or replace view ledger_v1.feeds as
select i.import_id as feed_id, f.source, f.day, f.record_type, f.rows, i.settled, i.opened_at,
       i.state
from ledger.feeds as f join ledger.imports as i on i.import_no = f.import_no;

create or replace view ledger_v1.submissions as
select i.import_id as feed_id, s.row, s.source, s.event_id, s.reference, s.received_at
from ledger.submissions as s join ledger.imports as i on i.import_no = s.import_no;

create or replace view ledger_v1.waiting_rows as
select i.import_id, i.record_type, p.row,
       coalesce(q.action, o.action, p.action)::text as action,
       case when q.row is not null then q.reason when o.row is not null then o.reason
            else p.reason end as reason,
       coalesce(o.decided_at, i.completed_at, l.made_at) as since
from ledger.imports as i
join ledger.plans as l on l.plan_no = i.plan_no
join ledger.plan_rows as p on p.plan_no = l.plan_no and p.action in ('hold', 'park')
left join ledger.outcomes as o on o.import_no = i.import_no and o.row = p.row
left join ledger.plan_rows as q on q.plan_no = o.plan_no and q.row = p.row
where (i.state = 'completed' or (i.kind = 'feed' and i.state = 'ready'))
  and coalesce(q.action, o.action, p.action) in ('hold', 'park')
union all
select i.import_id, i.record_type, o.row, coalesce(q.action, o.action)::text,
       case when q.row is not null then q.reason else o.reason end, o.decided_at
from ledger.imports as i
join ledger.outcomes as o on o.import_no = i.import_no
join ledger.plan_rows as p on p.plan_no = i.plan_no and p.row = o.row
    and p.action not in ('hold', 'park')
left join ledger.plan_rows as q on q.plan_no = o.plan_no and q.row = o.row
where (i.state = 'completed' or (i.kind = 'feed' and i.state = 'ready'))
  and coalesce(q.action, o.action) in ('hold', 'park');

-- Rows that no correction can take up any more: another import has corrected them, or they are in
-- the books themselves. `import_no` is the import that did it.
create or replace view ledger.settled_rows as
select c.corrected_id as import_id, c.corrected_row as row, c.import_no
from ledger.corrections as c where c.active
union all
select b.import_id, b.row, i.import_no
from ledger_v1.import_rows as b
join ledger.imports as i on i.import_id = b.import_id
where b.action in ('create', 'update', 'unchanged') and b.reverted is distinct from 'reversed';

-- What reverting an import does, per applied row: what its book's view `undo_…` says now, or, once
-- it was asked for, what was done.
create or replace function ledger_v1.revert_plan(asked uuid)
    returns table (row_number integer, record_id bigint, action text, reason text, delta bigint,
                   currency text)
    language plpgsql stable security definer set search_path = ledger, pg_temp as $$
declare
    found record;
begin
    select i.import_no, i.record_type, i.state into found
    from ledger.imports as i where i.import_id = asked;
    if found.state in ('reverting', 'reverted') then
        return query
            select d.row, d.record_id, case when d.reason is null then 'reverse' else 'keep' end,
                   d.reason, d.delta, d.currency
            from ledger.revert_rows as d where d.import_no = found.import_no;
    elsif found.state = 'completed' or found.state = 'ready' then
        return query execute format(
            'select u.row, u.record_id, case when u.reason is null then ''reverse'' else ''keep'' end,'
            ' u.reason, u.delta, u.currency from ledger.%I as u where u.import_no = $1',
            'undo_' || found.record_type) using found.import_no;
    end if;
end
$$;

-- The same in sums: rows and amounts reversed and kept, why, and the waiting rows that a revert
-- withdraws. Reversed amounts are those of the counter-postings.
create or replace function ledger_v1.revert_summary(asked uuid) returns jsonb
    language sql stable security definer set search_path = ledger, pg_temp as $$
    with decided as materialized (
        select p.currency, p.reason, count(*) as rows, coalesce(sum(p.delta), 0)::bigint as delta
        from ledger_v1.revert_plan(asked) as p group by p.currency, p.reason
    ),
    amounts as (
        select d.currency, coalesce(sum(-d.delta) filter (where d.reason is null), 0) as reversed,
               coalesce(sum(d.delta) filter (where d.reason is not null), 0) as kept
        from decided as d where d.currency is not null group by d.currency
    ),
    reasons as (
        select d.reason, sum(d.rows) as rows from decided as d
        where d.reason is not null group by d.reason
    )
    select jsonb_build_object(
        'counts', jsonb_build_object(
            'reversed', (select coalesce(sum(d.rows) filter (where d.reason is null), 0)
                         from decided as d),
            'kept', (select coalesce(sum(r.rows), 0) from reasons as r),
            'withdrawn', (select count(*) from ledger_v1.waiting_rows as w
                          where w.import_id = asked)
                + (select count(*) from outcomes as o
                   join imports as i on i.import_no = o.import_no
                   where i.import_id = asked and o.reason = 'withdrawn')),
        'amounts', (select coalesce(jsonb_object_agg(a.currency, jsonb_build_object(
            'reversed', a.reversed, 'kept', a.kept)), '{}') from amounts as a),
        'reasons', (select coalesce(jsonb_object_agg(r.reason, r.rows), '{}') from reasons as r))
$$;
