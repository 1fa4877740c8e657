create or replace view ledger_v1.widgets as
select w.id, w.widget_code, w.colour, case when w.active then 'active' else 'withdrawn' end as state,
       w.version, i.import_id, w.row, w.created_at, w.updated_at
from ledger.widgets as w join ledger.imports as i on i.import_no = w.import_no;

create or replace view ledger.undo_widgets as
select r.import_no, r.import_id, r.state, r.row, r.target as record_id, r.action, r.account_id,
       r.delta, r.currency, 1 as made_version,
       case when not w.active then 'withdrawn_since' end as reason
from ledger.applied_rows as r
join ledger.widgets as w on w.id = r.target
where r.record_type = 'widgets';
