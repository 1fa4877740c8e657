-- History of one record: its before-images and postings.

-- name: list_changes
select version, import_id, row, before, changed_at
from ledger_v1.record_changes where record_id = :record_id order by version desc limit 1000;

-- name: list_account_postings
select import_id, row, kind, transaction_id, minor, currency, posted_at, watermark
from ledger_v1.postings where account_id = :record_id order by watermark desc, row desc limit 1000;

-- name: list_record_postings
select p.import_id, p.row, p.kind, p.account_id, p.minor, p.currency, p.posted_at, p.watermark
from ledger_v1.postings as p
join transactions as t on t.id = :record_id and t.account_id = p.account_id
where p.transaction_id = t.id order by p.watermark limit 1000;
