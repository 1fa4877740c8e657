-- What all books share: record ids, agents, postings, balances and the history of changes.

create sequence record_ids;

create table agents (
    id integer generated always as identity primary key,
    key text not null unique,
    created_at timestamptz not null default now()
);

-- An account's balance: the sum of its postings, changed by delta in the transaction that posts.
create table balances (
    account_id bigint primary key,
    minor bigint not null
) with (fillfactor = 90);

create table record_changes (
    record_id bigint not null,
    version integer not null,
    import_no integer not null,
    row integer not null,
    record_type text not null,
    before jsonb not null,
    changed_at timestamptz not null default now(),
    primary key (record_id, version)
);
create index record_changes_row on record_changes (import_no, row);

create function overlaid(said text, known text) returns text
    language sql immutable parallel safe
    return case when said is null then known else nullif(said, '') end;

-- A custom field that is said as null is cleared.
create function overlaid_custom(said jsonb, known jsonb) returns jsonb
    language sql immutable parallel safe
    return case when said is null then known else jsonb_strip_nulls(known || said) end;

-- ISO 4217 minor unit digits; the common currencies first, as this runs once per row.
create function currency_digits(currency text) returns integer
    language sql immutable parallel safe
    return case
        when currency = 'USD' or currency = 'EUR' or currency = 'GBP' then 2
        when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
                          'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
        when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        when currency in ('CLF', 'UYW') then 4
        else 2
    end;

-- Null where the amount has more digits than its currency, or is beyond 13 digits of major units.
create function minor_units(amount numeric, digits integer) returns bigint
    language sql immutable parallel safe
    return case
        when abs(amount) >= 10000000000000 then null
        when scale(amount) <= digits or amount = round(amount, digits)
            then (amount * case digits when 2 then 100 when 0 then 1 when 3 then 1000
                                       else 10000 end)::bigint
    end;

create function outcome_word(action plan_action) returns text
    language sql immutable parallel safe
    return case action
        when 'create' then 'created' when 'update' then 'updated' when 'skip' then 'skipped'
        when 'reject' then 'rejected' when 'hold' then 'held' when 'park' then 'parked'
        else 'unchanged'
    end;

create function ledger_v1.money_text(minor bigint, currency text) returns text
    language sql immutable parallel safe
    return case ledger.currency_digits(currency)
        when 2 then (minor::numeric(20, 0) * 0.01)::numeric(22, 2)::text
        when 0 then minor::text
        when 3 then (minor::numeric(20, 0) * 0.001)::numeric(22, 3)::text
        else (minor::numeric(20, 0) * 0.0001)::numeric(22, 4)::text
    end;

create function ledger_v1.record_json(record_type text, record_id bigint) returns jsonb
    language plpgsql stable as $$
declare
    found_record jsonb;
begin
    if record_id is null then
        return null;
    end if;
    execute format('select to_jsonb(v) from ledger_v1.%I as v where v.id = $1', record_type)
        into found_record using record_id;
    return found_record;
end
$$;
