-- API keys. The secret itself is never kept: 256 random bits need no slow hash.
create table api_keys (
    id text primary key,
    secret_sha256 bytea not null,
    name text not null,
    actor text not null,
    scopes text[] not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by text,
    last_used_on date
);
create index api_keys_created on api_keys (created_at, id);
