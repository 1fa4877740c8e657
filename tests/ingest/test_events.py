"""Server-sent events: progress and state, resumed by the last id."""

import asyncio
import json
from typing import Any

GOOD = "AccountName,Balance\nAlpha,1.00\n"


async def listen(ingest: Any, import_id: str, heard: asyncio.Queue[Any], **headers: str) -> None:
    async with ingest.client.stream(
        "GET", f"/v1/imports/{import_id}/events", headers=headers
    ) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        event: dict[str, str] = {}
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if line:
                event[name] = value
            elif "data" in event:
                await heard.put((event["event"], int(event["id"]), json.loads(event["data"])))
                event = {}
    await heard.put(None)


async def test_a_listener_hears_each_change_until_the_end(ingest: Any) -> None:
    opened = await ingest.open(GOOD)
    heard: asyncio.Queue[Any] = asyncio.Queue()
    listening = asyncio.create_task(listen(ingest, opened["id"], heard))
    kind, first, data = await heard.get()
    assert (kind, data["state"]) == ("state", "reading")
    await ingest.read()
    kind, second, data = await heard.get()
    assert (kind, data["state"], data["rows_read"]) == ("progress", "reading", 1)
    await ingest.settle()
    kind, third, data = await heard.get()
    while data["state"] != "ready":
        kind, third, data = await heard.get()
    assert (kind, data["counts"]["created"]) == ("state", 1)
    await ingest.complete(opened["id"], data["plan"])
    await ingest.settle()
    states = []
    numbers = [first, second, third]
    while (event := await heard.get()) is not None:
        states.append(event[2]["state"])
        numbers.append(event[1])
    assert states[-1] == "completed"
    assert numbers == sorted(numbers)
    await listening


async def test_a_listener_that_has_heard_the_last_event_hears_it_not_again(ingest: Any) -> None:
    opened = await ingest.open(GOOD)
    await ingest.cancel(opened["id"])
    heard: asyncio.Queue[Any] = asyncio.Queue()
    await listen(ingest, opened["id"], heard)
    _, number, data = await heard.get()
    assert data["state"] == "cancelled"
    assert await heard.get() is None
    await listen(ingest, opened["id"], heard, **{"Last-Event-ID": str(number)})
    assert await heard.get() is None
    await listen(ingest, opened["id"], heard, **{"Last-Event-ID": "nonsense"})
    assert (await heard.get())[1] == number
