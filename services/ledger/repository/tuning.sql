-- Run in the order in which they stand, at the start of a transaction over many rows.

-- name: analyze_rows
analyze import_rows (import_no, revision, row, attempt);

-- name: grant_memory
set local work_mem = '128MB';

-- name: plan_by_values
-- What the parameters rule out is then left out of the plan.
set local plan_cache_mode = force_custom_plan;

-- name: avoid_nested_loops
set local enable_nestloop = off;

-- name: analyze_plan
analyze plan_rows (plan_no, row, action, phase);

-- name: avoid_hash_joins
set local enable_hashjoin = off;

-- name: avoid_merge_joins
set local enable_mergejoin = off;

-- name: avoid_sequential_scans
set local enable_seqscan = off;
