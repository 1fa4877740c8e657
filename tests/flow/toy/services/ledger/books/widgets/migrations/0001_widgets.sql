create table widgets (
    id bigint primary key,
    version integer not null default 1,
    import_no integer not null,
    row integer not null,
    active boolean not null default true,
    widget_code text not null,
    colour text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index widgets_code on widgets (widget_code) where active;

create view staged_widgets as
select r.import_no, r.revision, r.row, r.attempt, r.accepted,
       r.values[1] as widget_code, r.values[2] as colour
from import_rows as r;
