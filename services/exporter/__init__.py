"""The exporter: a query in, a file out, one snapshot of the books, announced by an event."""
