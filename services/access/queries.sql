-- API keys.

-- name: add_key
insert into api_keys (id, secret_sha256, name, actor, scopes, created_by, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
returning id, secret_sha256, name, actor, scopes, created_at, created_by, expires_at, revoked_at;

-- name: find_key
select id, secret_sha256, name, actor, scopes, created_at, created_by, expires_at, revoked_at
from api_keys where id = $1;

-- name: list_keys
select id, secret_sha256, name, actor, scopes, created_at, created_by, expires_at, revoked_at
from api_keys
where ($1::text is null or (created_at, id) < (select k.created_at, k.id from api_keys k where k.id = $1))
order by created_at desc, id desc limit $2;

-- name: revoke_key
update api_keys set revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, $2)
where id = $1 returning true;

-- name: note_use
update api_keys set last_used_on = current_date
where id = $1 and last_used_on is distinct from current_date;
