"""`python -m services api`: the composed API as one process."""

import sys

import uvicorn

from services.api import build_api
from services.chassis import crash_points, logs
from services.chassis.memory import share_heaps
from services.chassis.settings import Settings
from services.chassis.streams import OrderlyServer

GRACEFUL_SECONDS = 5
NOT_STARTED = 3


def main(arguments: list[str]) -> int:
    if arguments != ["api"]:
        sys.stderr.write("usage: python -m services api\n")
        return 2
    settings = Settings()
    share_heaps()
    logs.configure(settings.log_level, "api")
    crash_points.configure(settings.crash_point)
    app = build_api()
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    server = OrderlyServer(config, app.state.streams)
    server.run()
    return 0 if server.started else NOT_STARTED


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
