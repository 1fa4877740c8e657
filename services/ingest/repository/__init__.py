"""Where ingest keeps what it knows, and where it reads what the ledger publishes."""

from pathlib import Path

from services.chassis.queries import load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
