-- The books as the ledger publishes them.

-- name: has_view
select to_regclass(format('%I.%I', $1::text, $2::text)) is not null;

-- name: read_watermark
select value from ledger_v1.watermark;

-- name: write_iso_dates
set local datestyle = 'ISO, YMD';

-- name: save_compiling
set local jit = off;

-- name: grant_memory
set local work_mem = '64MB';

-- name: avoid_nested_loops
set local enable_nestloop = off;
