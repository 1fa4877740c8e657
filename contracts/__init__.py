"""What crosses between services, written once and only as data: no service, no framework but
pydantic.
"""
