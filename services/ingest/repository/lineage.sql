-- Where a record's values come from; all of it is the ledger's, published in `ledger_v1`.

-- name: find_record
select ledger_v1.record_json($1, $2) as record

-- name: list_sources
-- The rows that made the record what it is, the newest first: changes that were undone, and those
-- that undid them, are not among them. Version 1 is the creation.
with counting as (
    (select c.version, c.import_id, c.row, c.changed_at
     from ledger_v1.record_changes as c
     where c.record_id = $1 and c.undoes is null
       and not exists (
           select from ledger_v1.record_changes as u
           where u.record_id = c.record_id and u.undoes = c.version)
     order by c.version desc limit 1000)
    union all
    select 1, $2::uuid, $3::integer, $4::timestamptz
)
select n.version, n.import_id, n.row, n.changed_at, r.attempt, r.values, r.custom, r.corrects_row,
       i.kind, i.revision, i.validators, i.actor,
       s.source as ce_source, s.event_id as ce_id, s.received_at
from counting as n
join ledger_v1.import_rows as r on r.import_id = n.import_id and r.row = n.row
join ledger_v1.imports as i on i.import_id = n.import_id
left join ledger_v1.submissions as s on s.feed_id = n.import_id and s.row = n.row
order by n.version desc
