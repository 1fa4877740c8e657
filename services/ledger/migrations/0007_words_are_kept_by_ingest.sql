-- What people said of a decision is kept by ingest, with who said it.
alter table outcomes drop column note;
