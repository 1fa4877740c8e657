-- Upstream records: each source and UTC day of first receipt is a feed, which is an import of its own.

create table feeds (
    source text not null,
    day date not null,
    record_type text not null,
    import_no integer not null unique references imports,
    plan_no integer not null references plans,
    rows integer not null default 0,
    primary key (source, day, record_type)
);

-- (source, event_id) is unique for ever: what was submitted once is never booked twice.
create table submissions (
    source text not null,
    event_id text not null,
    fingerprint text not null,
    import_no integer not null references imports,
    row integer not null,
    reference text,
    received_at timestamptz not null default now(),
    primary key (source, event_id)
);
create unique index submissions_row on submissions (import_no, row);
