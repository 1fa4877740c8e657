"""Where imports, plans, chunks and feeds are kept. No decisions, nothing published."""
