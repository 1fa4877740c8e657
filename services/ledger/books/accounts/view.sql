create or replace view ledger_v1.accounts as
select a.id, a.account_number, a.account_name, b.minor as balance, a.currency, a.status,
       g.key as agent, a.due_date, a.debtor, a.custom,
       case when a.active then 'active' else 'withdrawn' end as state,
       a.version, i.import_id, a.row, a.created_at, a.updated_at
from ledger.accounts as a
join ledger.balances as b on b.account_id = a.id
join ledger.imports as i on i.import_no = a.import_no
left join ledger.agents as g on g.id = a.agent_id;

-- What reverting an import does to each account that it created or updated: null reasons are undone.
create or replace view ledger.undo_accounts as
select r.import_no, r.import_id, r.state, r.row, r.target as record_id, r.action, r.account_id,
       r.delta, r.currency, r.made_version,
       case
           when not r.active then 'withdrawn_since'
           when r.current_version <> r.made_version and exists (
               select from ledger.record_changes as c
               where c.record_id = r.target and c.version > r.made_version and c.undoes is null
                 and not exists (
                     select from ledger.record_changes as u
                     where u.record_id = c.record_id and u.undoes = c.version))
               then 'changed_since'
           when r.delta is not null and exists (
               select from ledger.postings as s
               where s.account_id = r.target and s.entry = 0
                 and (s.import_no, s.row) <> (r.import_no, r.row)
                 and not exists (
                     select from ledger.postings as z
                     where z.import_no = s.import_no and z.row = s.row and z.entry = 1)
                 and (r.action = 'create' or (
                     select c.watermark from ledger.chunks as c where c.chunk_no = s.chunk_no) > (
                     select c.watermark from ledger.postings as m
                     join ledger.chunks as c on c.chunk_no = m.chunk_no
                     where m.import_no = r.import_no and m.row = r.row and m.entry = 0)))
               then 'posted_since'
           when exists (select from ledger.confirmed_records as f
                        where f.record_id = r.target and f.import_no <> r.import_no)
               then 'confirmed_since'
       end as reason
from (
    select w.*, a.active, a.version as current_version,
           case when w.action = 'create' then 1 else w.version + 1 end as made_version
    from ledger.applied_rows as w
    join ledger.accounts as a on a.id = w.target
    where w.record_type = 'accounts') as r;
