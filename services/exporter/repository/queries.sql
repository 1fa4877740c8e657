-- Exports.

-- name: lock_actor
select pg_advisory_xact_lock(7022, hashtext($1));

-- name: count_open
select count(*) from exports where actor = $1 and state in ('requested', 'rendering');

-- name: add_export
insert into exports (id, query, actor, file_name, source, event_id)
values ($1, $2, $3, $4, $5, $6)
on conflict (source, event_id) do nothing
returning *;

-- name: find_export
select * from exports where id = $1;

-- name: list_exports
select * from exports
where ($1::uuid is null or id < $1) and ($2::text is null or state = $2)
  and ($3::text is null or query ->> 'dataset' = $3)
order by id desc limit $4;

-- name: claim_export
update exports
set state = 'rendering', attempts = attempts + 1, lease_holder = $1,
    lease_until = now() + make_interval(secs => $2)
where id = (
    select id from exports
    where state in ('requested', 'rendering') and coalesce(lease_until < now(), true)
    order by id limit 1 for update skip locked)
returning *;

-- name: renew_lease
update exports set lease_until = now() + make_interval(secs => $3)
where id = $1 and lease_holder = $2 and state = 'rendering'
returning true;

-- name: release_export
update exports set state = 'requested', lease_holder = null,
    lease_until = now() + make_interval(secs => $3)
where id = $1 and lease_holder = $2 and state = 'rendering';

-- name: note_estimate
update exports set estimated_rows = $3 where id = $1 and lease_holder = $2;

-- name: finish_export
update exports
set state = 'ready', rows = $3, bytes = $4, sha256 = $5, watermark = $6, ready_at = now(),
    expires_at = now() + make_interval(days => $7)
where id = $1 and lease_holder = $2 and state = 'rendering'
returning *;

-- name: fail_export
update exports set state = 'failed', failure = $3
where id = $1 and lease_holder = $2 and state = 'rendering'
returning *;

-- name: cancel_export
update exports set state = 'cancelled' where id = $1 and state in ('requested', 'rendering')
returning *;

-- name: expire_exports
update exports set state = 'expired' where state = 'ready' and expires_at <= now()
returning id;

-- name: list_uncleared
select * from exports
where state in ('failed', 'cancelled', 'expired') and attempts > 0 and cleared_at is null
order by id limit 100;

-- name: note_cleared
update exports set cleared_at = now() where id = $1;
