create or replace view ledger_v1.accounts as
select a.id, a.account_number, a.account_name, b.minor as balance, a.currency, a.status,
       g.key as agent, a.due_date, a.debtor, a.custom,
       case when a.active then 'active' else 'withdrawn' end as state,
       a.version, i.import_id, a.row, a.created_at, a.updated_at
from ledger.accounts as a
join ledger.balances as b on b.account_id = a.id
join ledger.imports as i on i.import_no = a.import_no
left join ledger.agents as g on g.id = a.agent_id;
