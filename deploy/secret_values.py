"""New secrets. Standard library only: a server needs them before anything is installed."""

import base64
import secrets


def make_password() -> str:
    return secrets.token_hex(24)


def make_master_key() -> str:
    """Base64 of 32 bytes."""
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def make_cluster_id() -> str:
    """As Kafka writes its ids: URL-safe base64 of 16 bytes, and it refuses a leading dash."""
    while True:
        identifier = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")
        if not identifier.startswith("-"):
            return identifier
