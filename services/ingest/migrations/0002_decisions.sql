-- What people decide on rows and on whole imports after they were read.

-- Undoing: asked for by whom, when and why. The reason is free text and stays here.
alter table uploads add column revert_asked_at timestamptz;
alter table uploads add column revert_asked_by text;
alter table uploads add column revert_reason text;

-- How many of its rows the books had when that was last looked at, and since when it is so.
alter table uploads add column staged_seen bigint;
alter table uploads add column staged_seen_at timestamptz;

-- Corrected rows within a revision; `cells` are all that were set anew so far, by column.
create table attempts (
    import_id uuid not null references uploads,
    revision integer not null,
    row integer not null,
    attempt integer not null check (attempt between 2 and 32767),
    cells jsonb not null,
    actor text not null,
    made_at timestamptz not null default now(),
    primary key (import_id, revision, row, attempt)
);
create index attempts_of_row on attempts (import_id, row, revision desc, attempt desc);

-- A person's word on a row that waited. Rows of feeds, which are no uploads, have them too.
create table row_decisions (
    id bigint generated always as identity primary key,
    import_id uuid not null,
    row integer not null,
    decision text not null check (decision in ('release', 'dismiss')),
    reason text,
    actor text not null,
    decided_at timestamptz not null default now()
);
create index row_decisions_of_row on row_decisions (import_id, row, id desc);

-- Who looks after a row that waits.
create table review_assignments (
    import_id uuid not null,
    row integer not null,
    assignee text not null,
    note text,
    assigned_by text not null,
    assigned_at timestamptz not null default now(),
    primary key (import_id, row)
);
create index review_assignments_of_person on review_assignments (assignee);
