"""Who is plugged into whom: `worker`, `schema` and `api`."""
