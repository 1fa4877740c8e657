"""`python -m deploy.ask_probe PORT`: is the process here ready? Asked for a container's health."""

import sys
from http.client import HTTPConnection, HTTPException

SECONDS = 5


def is_ready(port: int) -> bool:
    """What `/readyz` says; no answer is no."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_ready(int(sys.argv[1])) else 1)
