"""Writes connection.json: how callers, checkers and the CLI reach the local stack."""

import json
from collections.abc import Mapping

from deploy.local.wiring import Wiring
from deploy.private_files import write_private


def write_connection(wiring: Wiring, pids: Mapping[str, int]) -> None:
    """Mode 0600, replaced in one step; called again whenever a process has another pid."""
    connection = {
        "url": wiring.url,
        "api_key": wiring.secrets.api_key,
        "kafka_bootstrap": wiring.kafka_bootstrap,
        "postgres_dsn": wiring.cluster.dsn,
        "s3_endpoint": wiring.s3_endpoint,
        "s3_access_key": wiring.secrets.s3_access_key,
        "s3_secret_key": wiring.secrets.s3_secret_key,
        "processes": dict(pids),
    }
    write_private(wiring.state.connection, json.dumps(connection, indent=2) + "\n")
