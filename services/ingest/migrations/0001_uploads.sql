-- Uploads as they were received, and how far each has been read. The books are the ledger's.

create table uploads (
    import_id uuid primary key,
    record_type text not null,
    state text not null check (state in ('mapping', 'reading', 'read', 'failed')),
    revision integer not null default 1,
    actor text not null,
    created_at timestamptz not null default now(),
    file_name text not null,
    file_bytes bigint not null,
    file_sha256 text not null,
    -- as asked for, with a control override beside the options
    config jsonb not null,
    -- counts the changes that call for another plan
    config_version integer not null default 1,
    rows_read bigint not null default 0,
    failure jsonb,
    corrects uuid,
    completion_plan uuid,
    completion_actor text,
    cancelled_at timestamptz,
    cancelled_by text,
    -- who reads it, and until when that is believed without a further sign
    lease_holder uuid,
    lease_until timestamptz
);
create index uploads_to_read on uploads (import_id) where state = 'reading';
create index uploads_content on uploads (file_sha256, import_id);
create index uploads_correcting on uploads (corrects) where corrects is not null;

-- One pass over an upload with one mapping; kept, as a value's lineage leads here.
create table revisions (
    import_id uuid not null references uploads,
    revision integer not null,
    -- [[column, field or null], …] in the file's order
    targets jsonb not null,
    config jsonb not null,
    -- the file's shape; null where it has none that could be read
    shape jsonb,
    actor text not null,
    made_at timestamptz not null default now(),
    rows bigint,
    read_at timestamptz,
    primary key (import_id, revision)
);

-- Where blocks of rows start in the plain file, so that a raw row can be found again.
create table positions (
    import_id uuid not null,
    revision integer not null,
    row bigint not null,
    byte bigint not null,
    line bigint not null,
    primary key (import_id, revision, row)
);

-- Mappings that a person has set, by what the file's columns are called.
create table saved_mappings (
    record_type text not null,
    columns_key bytea not null,
    -- {normalised column: field or null}
    targets jsonb not null,
    actor text not null,
    saved_at timestamptz not null default now(),
    primary key (record_type, columns_key)
);
