-- Reverting an import: each of its rows is decided once, and undone by compensation.

alter table imports drop constraint imports_state_check;
alter table imports add constraint imports_state_check check (state in
    ('reading', 'ready', 'completing', 'completed', 'cancelled', 'reverting', 'reverted'));
alter table imports add column revert jsonb;
alter table imports add column reverted_at timestamptz;
drop index imports_open;
create index imports_open on imports (state)
    where state in ('reading', 'ready', 'completing', 'reverting');

-- What became of each applied row: reversed, or kept for a reason. Appended chunk by chunk.
create table revert_rows (
    record_id bigint not null,
    account_id bigint,
    delta bigint,
    import_no integer not null references imports,
    row integer not null,
    -- the version of the record that this row had made
    version integer not null,
    action plan_action not null,
    currency text,
    reason text,
    primary key (import_no, row)
);

-- `undoes` is the version whose change was undone.
alter table record_changes add column undoes integer;

alter type posting_kind add value 'revert';

-- Which records other imports have confirmed.
create index plan_rows_confirmed on plan_rows (target) where action = 'unchanged';

-- A feed that was reverted is closed: what its source sends later that day begins another.
alter table feeds drop constraint feeds_pkey;
alter table feeds add column series integer not null default 1;
alter table feeds add primary key (source, day, record_type, series);
