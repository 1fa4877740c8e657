-- History of one record: its changes with their images, and its postings.

-- name: list_changes
-- Each change with the record before and after it; after is what the next change found, or what
-- stands there now. The creation, version 1, has no image in the table. A balance moves without a
-- version, so an image has what the change itself did to it.
with present as (
    select ledger_v1.record_json(:record_type, :record_id) as image
),
versions as (
    select 1 as version, 'created' as change, i.actor, i.import_id,
           (n.image ->> 'row')::integer as row, (n.image ->> 'created_at')::timestamptz as changed_at,
           null::integer as undoes, null::jsonb as found
    from present as n
    join ledger_v1.imports as i on i.import_id = (n.image ->> 'import_id')::uuid
    union all
    select c.version, c.change, c.actor, c.import_id, c.row, c.changed_at, c.undoes,
           case when c.change = 'withdrawn' then n.image || jsonb_build_object(
               'state', 'active', 'version', c.version - 1) else c.before end
    from ledger_v1.record_changes as c
    cross join present as n
    where c.record_id = :record_id
),
framed as (
    select v.*, coalesce(lead(v.found) over (order by v.version), n.image) as left_behind,
           (select coalesce(sum(p.minor), 0) from ledger_v1.postings as p
            where p.import_id = v.import_id and p.row = v.row and p.account_id = :record_id
              and p.entry = (v.undoes is not null)::integer)::bigint as moved,
           n.image ? 'balance' as has_balance
    from versions as v
    cross join present as n
),
balanced as (
    -- nothing is posted to a record that is withdrawn: what it had is what its end took
    select f.*, case when f.change = 'created' then 0
                     when f.change = 'withdrawn' then (f.left_behind ->> 'balance')::bigint - f.moved
                     else (f.found ->> 'balance')::bigint end as balance
    from framed as f
)
select b.version, b.change, b.actor, b.import_id, b.row, b.changed_at, b.undoes,
       case when b.has_balance and b.found is not null
            then b.found || jsonb_build_object('balance', b.balance) else b.found end as before,
       case when b.has_balance
            then b.left_behind || jsonb_build_object('balance', b.balance + b.moved)
            else b.left_behind end as after
from balanced as b
order by b.version desc limit 1000;

-- name: list_account_postings
select p.import_id, p.row, p.entry, p.kind, p.transaction_id, p.minor, p.currency, p.posted_at,
       p.watermark, p.reverses_entry
from ledger_v1.postings as p
where p.account_id = :record_id order by p.watermark desc, p.row desc, p.entry desc limit 1000;

-- name: list_record_postings
select p.import_id, p.row, p.entry, p.kind, p.account_id, p.minor, p.currency, p.posted_at,
       p.watermark, p.reverses_entry
from ledger_v1.postings as p
join transactions as t on t.id = :record_id and t.account_id = p.account_id
where p.transaction_id = t.id order by p.watermark, p.entry limit 1000;
