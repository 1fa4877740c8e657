create or replace view ledger_v1.transactions as
select t.id, t.reference as transaction_reference, a.account_number, a.account_name,
       t.type::text as type, t.minor as amount, t.currency, t.effective_date as transaction_date,
       t.method as payment_method, g.key as agent, t.notes,
       o.reference as reverses_reference, t.account_id, t.reverses, t.derived,
       case when t.active then 'active' else 'withdrawn' end as state,
       t.version, i.import_id, t.row, t.created_at, t.updated_at
from ledger.transactions as t
join ledger.accounts as a on a.id = t.account_id
join ledger.imports as i on i.import_no = t.import_no
left join ledger.agents as g on g.id = t.agent_id
left join ledger.transactions as o on o.id = t.reverses;
