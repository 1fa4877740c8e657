-- What ingest keeps; `ledger_v1` is the ledger's, and only read.

-- name: find_upload
select u.*, r.targets, r.shape, r.rows
from uploads as u join revisions as r on r.import_id = u.import_id and r.revision = u.revision
where u.import_id = $1

-- name: lock_upload
select u.*, r.targets, r.shape, r.rows
from uploads as u join revisions as r on r.import_id = u.import_id and r.revision = u.revision
where u.import_id = $1 for update of u

-- name: find_uploads
select u.*, r.targets, r.shape, r.rows
from uploads as u join revisions as r on r.import_id = u.import_id and r.revision = u.revision
where u.import_id = any($1::uuid[])

-- name: list_uploads
select u.*, r.targets, r.shape, r.rows
from uploads as u join revisions as r on r.import_id = u.import_id and r.revision = u.revision
where ($1::uuid is null or u.import_id < $1)
  and ($2::text is null or u.record_type = $2)
  and ($3::text is null or u.file_sha256 = $3)
order by u.import_id desc limit $4

-- name: find_seen_before
select e.import_id from uploads as e
where e.file_sha256 = $2 and e.import_id < $1 order by e.import_id limit 1

-- name: list_seen_before
select u.import_id, (
    select e.import_id from uploads as e
    where e.file_sha256 = u.file_sha256 and e.import_id < u.import_id
    order by e.import_id limit 1) as earlier
from uploads as u where u.import_id = any($1::uuid[])

-- name: list_corrections
select corrects, import_id from uploads where corrects = any($1::uuid[]) order by import_id

-- name: insert_upload
insert into uploads (import_id, record_type, state, actor, file_name, file_bytes, file_sha256,
                     config, corrects, failure)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (import_id) do nothing returning true

-- name: insert_revision
insert into revisions (import_id, revision, targets, config, shape, actor)
values ($1, $2, $3, $4, $5, $6)

-- name: begin_revision
update uploads set revision = $2, state = $3, config = $4, failure = $5, rows_read = 0,
    completion_plan = null, lease_holder = null, lease_until = null
where import_id = $1

-- name: set_config
update uploads set config = $2 where import_id = $1

-- name: advance_config
update uploads set config_version = config_version + 1, completion_plan = null
where import_id = $1 returning config_version

-- name: request_completion
update uploads set completion_plan = $2, completion_actor = $3 where import_id = $1

-- name: request_cancellation
update uploads set cancelled_at = now(), cancelled_by = $2, lease_holder = null, lease_until = null
where import_id = $1

-- name: claim_reading
update uploads set lease_holder = $1, lease_until = now() + $2::interval
where import_id = (
    select import_id from uploads
    where state = 'reading' and cancelled_at is null
      and (lease_until is null or lease_until < now())
    order by import_id limit 1 for update skip locked)
returning import_id

-- name: record_progress
update uploads set rows_read = $4, lease_until = now() + $5::interval
where import_id = $1 and revision = $2 and lease_holder = $3 and state = 'reading'
  and cancelled_at is null
returning true

-- name: end_reading
update uploads set state = $4, rows_read = $5, failure = $6, lease_holder = null, lease_until = null
where import_id = $1 and revision = $2 and lease_holder = $3 and state = 'reading'
  and cancelled_at is null
returning true

-- name: note_rows
update revisions set rows = $3, read_at = now() where import_id = $1 and revision = $2

-- name: put_off_reading
update uploads set lease_holder = null, lease_until = now() + $3::interval
where import_id = $1 and lease_holder = $2

-- name: count_waiting
select count(*) from uploads where state = 'reading' and cancelled_at is null

-- name: add_positions
insert into positions (import_id, revision, row, byte, line)
select $1, $2, p.row, p.byte, p.line
from unnest($3::bigint[], $4::bigint[], $5::bigint[]) as p (row, byte, line)
on conflict do nothing

-- name: find_positions
-- For each wanted row the start of its block, once.
select distinct p.row, p.byte, p.line
from unnest($3::bigint[]) as w (row)
cross join lateral (
    select b.row, b.byte, b.line from positions as b
    where b.import_id = $1 and b.revision = $2 and b.row <= w.row
    order by b.row desc limit 1) as p
order by p.row

-- name: save_mapping
insert into saved_mappings (record_type, columns_key, targets, actor) values ($1, $2, $3, $4)
on conflict (record_type, columns_key)
do update set targets = excluded.targets, actor = excluded.actor, saved_at = now()

-- name: find_saved_mapping
select targets from saved_mappings where record_type = $1 and columns_key = $2

-- name: find_ledger_facts
select * from ledger_v1.imports where import_id = any($1::uuid[])

-- name: list_rows
select * from ledger_v1.import_rows
where import_id = $1 and row > $2
  and ($3::text is null or coalesce(outcome, $5::jsonb ->> action) = $3)
  and ($4::text is null or reason = $4
       or exists (select from jsonb_array_elements(coalesce(violations, '[]')) as v
                  where v ->> 1 = $4)
       or exists (select from jsonb_array_elements(coalesce(warnings, '[]')) as w
                  where w ->> 1 = $4))
order by row limit $6
