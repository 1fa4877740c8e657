-- A counter-posting (entry 1) reverses entry 0 of the same import and row.
alter table postings add column reverses_entry smallint;
