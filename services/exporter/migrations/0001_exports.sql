-- Exports: what was asked for, by whom, and the file that answers.
create table exports (
    id uuid primary key,
    state text not null default 'requested'
        check (state in ('requested', 'rendering', 'ready', 'failed', 'cancelled', 'expired')),
    query jsonb not null,
    actor text not null,
    -- the event that asked, where one did
    source text,
    event_id text,
    file_name text not null,
    estimated_rows bigint,
    rows bigint,
    bytes bigint,
    sha256 text,
    watermark bigint,
    failure jsonb,
    attempts smallint not null default 0,
    -- who renders it, and until when that is believed without a further sign
    lease_holder uuid,
    lease_until timestamptz,
    created_at timestamptz not null default now(),
    ready_at timestamptz,
    expires_at timestamptz,
    -- when the last of its objects was deleted
    cleared_at timestamptz,
    unique (source, event_id)
);
create index exports_open on exports (id) where state in ('requested', 'rendering');
create index exports_ready on exports (expires_at) where state = 'ready';
create index exports_uncleared on exports (id)
    where state in ('failed', 'cancelled', 'expired') and attempts > 0 and cleared_at is null;
