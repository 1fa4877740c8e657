"""Who is plugged into whom: `worker`, `schema` and `api`, apart as a worker has no endpoints."""
