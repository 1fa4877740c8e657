-- Feeds as they are shown.

-- name: list_feeds
select f.feed_id, f.source, f.day, f.record_type, f.rows, f.opened_at, f.state from ledger_v1.feeds as f
where (:source::text is null or f.source = :source)
  and (:after::uuid is null or f.feed_id < :after)
order by f.feed_id desc limit :limit;

-- name: find_feed
select f.feed_id, f.source, f.day, f.record_type, f.rows, f.opened_at, f.state from ledger_v1.feeds as f
where f.feed_id = :feed_id;

-- name: sum_up_feed
select coalesce(q.action, o.action, p.action)::text as action,
       coalesce(q.currency, p.currency) as currency, count(*) as rows,
       coalesce(sum(coalesce(q.amount, p.amount)), 0)::bigint as amount,
       coalesce(sum(case when q.row is null then p.delta else q.delta end)
                filter (where coalesce(q.action, o.action, p.action) in ('create', 'update')
                        and not exists (
                            select from revert_rows as u
                            where u.import_no = i.import_no and u.row = p.row
                              and u.reason is null)), 0)::bigint as posted
from imports as i
join plan_rows as p on p.plan_no = i.plan_no
left join outcomes as o on o.import_no = i.import_no and o.row = p.row
left join plan_rows as q on q.plan_no = o.plan_no and q.row = p.row
where i.import_id = :feed_id
group by 1, 2;

-- name: count_findings
select v.remark ->> 1 as code, v.remark ->> 0 as field, count(distinct r.row) as rows,
       min(r.row) as sample
from imports as i
join import_rows as r on r.import_no = i.import_no
cross join lateral jsonb_array_elements(coalesce(r.violations, '[]') || coalesce(r.warnings, '[]'))
    as v (remark)
where i.import_id = :feed_id
group by 1, 2
union all
select p.reason, null, count(*), min(p.row)
from imports as i join plan_rows as p on p.plan_no = i.plan_no
where i.import_id = :feed_id and p.reason is not null
group by 1
order by rows desc, code;

-- name: list_rows
select r.row, r.verdict, r.values, r.custom, r.violations, r.warnings, r.reason, r.outcome,
       r.record_id, s.event_id, s.source
from ledger_v1.import_rows as r
join imports as i on i.import_id = r.import_id
join submissions as s on s.import_no = i.import_no and s.row = r.row
where r.import_id = :feed_id and r.row > :after
  and (:outcome::text is null or r.outcome = :outcome)
order by r.row limit :limit;

-- name: find_feed_state
select f.state from ledger_v1.feeds as f where f.feed_id = :feed_id;

-- name: sum_up_revert
select ledger_v1.revert_summary(:feed_id) as summary;

-- name: list_kept
select p.row_number as row, p.record_id, p.reason from ledger_v1.revert_plan(:feed_id) as p
where p.action = 'keep' and p.row_number > :after order by p.row_number limit :limit;
