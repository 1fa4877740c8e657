"""What ingest decides: configurations, mappings, states, what is shown. No I/O."""
