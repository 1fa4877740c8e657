create or replace view ledger_v1.widgets as
select w.id, w.widget_code, w.colour, case when w.active then 'active' else 'withdrawn' end as state,
       w.version, i.import_id, w.row, w.created_at, w.updated_at
from ledger.widgets as w join ledger.imports as i on i.import_no = w.import_no;
