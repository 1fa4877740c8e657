-- What an import is to the books: its staged rows, its plans, what was applied and what came out.
-- Tables are appended to; nothing of a million rows is updated row by row.

create type plan_action as enum
    ('create', 'update', 'unchanged', 'skip', 'reject', 'hold', 'park');

create table imports (
    import_no integer generated always as identity primary key,
    import_id uuid not null unique,
    kind text not null default 'file' check (kind in ('file', 'feed')),
    -- null until `opened` has arrived: rows may come before their import is known
    record_type text,
    state text not null default 'reading'
        check (state in ('reading', 'ready', 'completing', 'completed', 'cancelled')),
    config jsonb not null default '{}',
    config_version integer not null default 1,
    file_sha256 text,
    actor text,
    corrects uuid,
    plan_no integer,
    completed_by text,
    remark text,
    settled jsonb,
    as_completed jsonb,
    opened_at timestamptz,
    ready_at timestamptz,
    completed_at timestamptz
);
create index imports_open on imports (state) where state in ('reading', 'ready', 'completing');

create table revisions (
    import_no integer not null references imports,
    revision smallint not null,
    staged bigint not null default 0,
    expected bigint,
    default_currency text,
    primary key (import_no, revision)
);

create table import_rows (
    import_no integer not null,
    row integer not null,
    revision smallint not null,
    attempt smallint not null,
    accepted boolean not null,
    values text[] not null,
    custom jsonb,
    warnings jsonb,
    violations jsonb,
    cells jsonb,
    primary key (import_no, revision, row, attempt)
);
create index import_rows_corrected on import_rows (import_no, revision, row) where attempt > 1;
create index import_rows_remarked on import_rows (import_no, revision, row)
    where warnings is not null or not accepted;

create table plans (
    plan_no integer generated always as identity primary key,
    plan_id uuid not null unique,
    import_no integer not null references imports,
    revision smallint not null,
    config_version integer not null,
    made_at timestamptz not null default now(),
    default_currency text not null,
    rows bigint not null default 0,
    first_row integer not null default 1,
    last_row integer not null default 0,
    last_phase smallint not null default 1,
    counts jsonb not null default '{}',
    amounts jsonb not null default '{}',
    warnings bigint not null default 0,
    findings jsonb not null default '[]',
    control jsonb
);
create index plans_import on plans (import_no);

create type posting_kind as enum
    ('opening', 'payment', 'fee', 'adjustment',
     'payment_reversal', 'fee_reversal', 'adjustment_reversal');

-- `delta` is what the row does to its account's balance, `amount` what the file says, both in minor
-- units of `currency`; `version` and `before_minor` are what the plan has read of its target.
create table plan_rows (
    target bigint,
    account_id bigint,
    related bigint,
    delta bigint,
    amount bigint,
    before_minor bigint,
    plan_no integer not null,
    row integer not null,
    version integer,
    action plan_action not null,
    kind posting_kind,
    attempt smallint not null,
    phase smallint not null default 1,
    currency text,
    reason text,
    -- the derived one, of a transaction that came without
    reference text,
    primary key (plan_no, row)
);
create index plan_rows_exceptional on plan_rows (plan_no, action, row) where action <> 'create';

-- One row per applied range: it says that each plan row in it was applied, unless `outcomes` differs.
create table chunks (
    chunk_no integer generated always as identity primary key,
    plan_no integer not null references plans,
    phase smallint not null,
    first_row integer not null,
    last_row integer not null,
    rows integer not null default 0,
    applied_at timestamptz not null default now(),
    watermark bigint,
    unique (plan_no, phase, first_row)
);

-- Only what differs from the plan: held because it moved, or decided by a later plan (`plan_no`).
create table outcomes (
    import_no integer not null references imports,
    row integer not null,
    action plan_action not null,
    reason text,
    plan_no integer,
    decided_at timestamptz not null default now(),
    primary key (import_no, row)
);

create table watermark (
    only_row boolean primary key default true check (only_row),
    value bigint not null
);
insert into watermark (value) values (0);
