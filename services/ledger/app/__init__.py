"""Who is plugged into whom: `worker`, `schema` and `api`, apart so that a worker loads no web
framework.
"""
