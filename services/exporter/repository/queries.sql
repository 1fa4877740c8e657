-- Exports.

-- name: add_export
insert into exports (id, query, actor, asked_by_event, file_name)
values ($1, $2, $3, $4, $5)
on conflict (asked_by_event) do nothing
returning *;

-- name: find_export
select * from exports where id = $1;

-- name: lock_export
select * from exports where id = $1 for update;

-- name: list_exports
select * from exports where ($1::uuid is null or id < $1) order by id desc limit $2;

-- name: count_open
select count(*) from exports where actor = $1 and state in ('requested', 'rendering');

-- name: list_open
select id from exports where state in ('requested', 'rendering') and attempts < 5
order by created_at limit 50;

-- name: begin_rendering
update exports set state = 'rendering', attempts = attempts + 1
where id = $1 and state in ('requested', 'rendering')
returning *;

-- name: try_lock_rendering
select pg_try_advisory_lock(7021, hashtext($1::text));

-- name: unlock_rendering
select pg_advisory_unlock(7021, hashtext($1::text));

-- name: finish_export
update exports
set state = 'ready', rows = $2, bytes = $3, sha256 = $4, watermark = $5, ready_at = now(),
    expires_at = now() + make_interval(days => $6)
where id = $1 and state = 'rendering' and attempts = $7
returning expires_at;

-- name: fail_export
update exports set state = 'failed', failure = $2 where id = $1
    and state in ('requested', 'rendering') returning true;

-- name: cancel_export
update exports set state = 'cancelled' where id = $1 and state in ('requested', 'rendering')
returning true;

-- name: list_expired
select id, attempts from exports where state = 'ready' and expires_at < now() limit 100;

-- name: list_exhausted
select * from exports where state in ('requested', 'rendering') and attempts >= 5 limit 100;

-- name: expire_export
update exports set state = 'expired' where id = $1;

-- name: read_watermark
select value from ledger_v1.watermark;
