"""How a table looks as a file: encodings, CSV, JSON, archives, formulas; no I/O of its own."""
