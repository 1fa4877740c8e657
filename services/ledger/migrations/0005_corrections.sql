-- Corrections: attempts of a row before completion, and rows of a later import after it.

-- Attempts that were announced; a revision is full when they are staged, too.
create table attempts (
    import_no integer not null references imports,
    revision smallint not null,
    row integer not null,
    attempt smallint not null,
    primary key (import_no, revision, row, attempt)
);

-- Of a row that corrects one of an earlier import: its number there.
alter table import_rows add column corrects_row integer;

-- A row has one active correction.
create table corrections (
    corrected_id uuid not null,
    corrected_row integer not null,
    import_no integer not null references imports,
    row integer not null,
    active boolean not null default true,
    primary key (import_no, row)
);
create unique index corrections_active on corrections (corrected_id, corrected_row) where active;

-- What a trailer row of the file says of it.
alter table revisions add column trailer jsonb;
-- The versions of the rules that judged its rows.
alter table revisions add column validators text[] not null default '{}';

-- Who decided, and what they said of it; the words of decisions on files are kept by ingest.
alter table outcomes add column actor text;
alter table outcomes add column note text;
