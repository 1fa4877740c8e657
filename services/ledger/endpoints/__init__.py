"""The ledger's part of the API: records, their history, and feeds."""

import asyncpg
from fastapi import APIRouter

from contracts.records import record_types
from services.ledger.books import books
from services.ledger.endpoints.feed_commands import add_feed_command_routes
from services.ledger.endpoints.feeds import add_feed_routes
from services.ledger.endpoints.records import add_record_routes


def build_router(pool: asyncpg.Pool) -> APIRouter:
    """One list and one detail per record type that has a book, and the feeds."""
    router = APIRouter(prefix="/v1")
    for name in books():
        add_record_routes(router, pool, record_types()[name])
    add_feed_routes(router, pool)
    add_feed_command_routes(router, pool)
    return router
