"""Where ingest keeps what it knows, and where it reads what the ledger publishes."""

from pathlib import Path

from services.chassis.queries import load_folder

QUERIES = load_folder(Path(__file__).parent)
