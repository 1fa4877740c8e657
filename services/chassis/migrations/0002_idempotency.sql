-- First answers by Idempotency-Key, so that a repeated request gets the same one.
create table idempotency_keys (
    actor text not null,
    key text not null,
    fingerprint bytea not null,
    status smallint,
    headers jsonb,
    body bytea,
    created_at timestamptz not null default now(),
    primary key (actor, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
