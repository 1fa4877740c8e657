-- What is to be published, written in the transaction that made it true.
create table outbox (
    id bigint generated always as identity primary key,
    lane text not null,
    topic text,
    key bytea,
    value bytea,
    headers jsonb,
    expand jsonb,
    created_at timestamptz not null default now()
);
create index outbox_lane on outbox (lane, id);
