-- Exports: what was asked for, by whom, and the file that answers.
create table exports (
    id uuid primary key,
    state text not null default 'requested'
        check (state in ('requested', 'rendering', 'ready', 'failed', 'cancelled', 'expired')),
    query jsonb not null,
    actor text not null,
    asked_by_event text unique,
    file_name text,
    rows bigint,
    bytes bigint,
    sha256 text,
    watermark bigint,
    failure jsonb,
    attempts smallint not null default 0,
    created_at timestamptz not null default now(),
    ready_at timestamptz,
    expires_at timestamptz
);
create index exports_open on exports (created_at) where state in ('requested', 'rendering');
create index exports_ready on exports (expires_at) where state = 'ready';
