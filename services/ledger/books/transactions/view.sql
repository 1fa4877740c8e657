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

-- What reverting an import does to each transaction that it booked: null reasons are undone. One
-- whose reversal stays in the books has to stay, too.
create or replace view ledger.undo_transactions as
select r.import_no, r.import_id, r.state, r.row, r.target as record_id, r.action, r.account_id,
       r.delta, r.currency, 1 as made_version,
       case
           when not t.active then 'withdrawn_since'
           when exists (
               select from ledger.transactions as v
               where v.reverses = r.target and v.active
                 and (v.import_no <> r.import_no or exists (
                     select from ledger.confirmed_records as f
                     where f.record_id = v.id and f.import_no <> r.import_no)))
               then 'reversed_since'
           when exists (select from ledger.confirmed_records as f
                        where f.record_id = r.target and f.import_no <> r.import_no)
               then 'confirmed_since'
       end as reason
from ledger.applied_rows as r
join ledger.transactions as t on t.id = r.target
where r.record_type = 'transactions';
