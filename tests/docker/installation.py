"""An installation of docker-compose.yml of the tests' own: other ports, other volumes, removed at
the end.
"""

import json
import os
import re
import secrets
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import find_free_port
from deploy.local.settings import PROJECT
from deploy.make_secrets import make_secrets
from samples.generator import write_csv

PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.2
Json = dict[str, Any]


class CommandFailedError(Exception):
    """What was said by a command that failed."""


def run(command: Sequence[str], environment: dict[str, str]) -> str:
    """Its standard output, as text."""
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise CommandFailedError(
            f"{' '.join(command)} ended with {done.returncode}: {said[-4000:]}"
        )
    return done.stdout.decode()


@dataclass
class Installation:
    """`folder` holds its .env and the certificate of its authority."""

    folder: Path
    project: str = field(default_factory=lambda: f"ledgerport-test-{secrets.token_hex(4)}")
    next_row: int = 1
    key: str = ""

    @property
    def env_file(self) -> Path:
        return self.folder / ".env"

    @property
    def authority(self) -> Path:
        return self.folder / "root.crt"

    @property
    def environment(self) -> dict[str, str]:
        """What docker compose and the scripts go by."""
        chosen = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {
            **chosen,
            "COMPOSE_PROJECT_NAME": self.project,
            "LEDGERPORT_ENV_FILE": str(self.env_file),
            "LEDGERPORT_API_KEY": self.key,
        }

    @property
    def settings(self) -> dict[str, str]:
        text = self.env_file.read_text("utf-8")
        return dict(re.findall(r"^(LEDGERPORT_\w+)=(.*)$", text, re.MULTILINE))

    @property
    def url(self) -> str:
        return f"https://localhost:{self.settings['LEDGERPORT_HTTPS_PORT']}"

    def configure(self, secrets_of: "Installation | None" = None) -> None:
        """Write its .env: new secrets, or another's; and ports that are free."""
        if secrets_of is None:
            make_secrets(PROJECT / ".env.example", self.env_file)
        else:
            self.env_file.write_text(secrets_of.env_file.read_text("utf-8"), "utf-8")
        http = find_free_port(set())
        https = find_free_port({http})
        text = self.env_file.read_text("utf-8")
        text = re.sub(r"(LEDGERPORT_HTTP_PORT=).*", rf"\g<1>{http}", text)
        text = re.sub(r"(LEDGERPORT_HTTPS_PORT=).*", rf"\g<1>{https}", text)
        self.env_file.write_text(text, "utf-8")

    def compose(self, *arguments: str) -> str:
        command = ["docker", "compose", "--env-file", str(self.env_file), *arguments]
        return run(command, self.environment)

    def up(self, *arguments: str) -> None:
        self.compose("up", "-d", "--wait", *arguments)

    def trust(self) -> None:
        """Take over the certificate of its authority, and issue a key."""
        self.compose("cp", "caddy:/data/caddy/pki/authorities/local/root.crt", str(self.authority))
        if not self.key:
            issue = ["services.access", "issue-key", "--name", "test", "--actor", "test"]
            said = self.compose("exec", "-T", "api", "python", "-m", *issue, "--scopes", "*")
            self.key = said.split()[-1]

    def remove(self) -> None:
        self.compose("--profile", "tools", "down", "--volumes", "--remove-orphans")

    def list_containers(self) -> list[Json]:
        lines = self.compose("ps", "--all", "--format", "json").splitlines()
        return [json.loads(line) for line in lines]

    def call(self, method: str, path: str, **more: Any) -> Json:
        """Repeated until there is an answer that is not the server's fault."""
        context = ssl.create_default_context(cafile=self.authority)
        deadline = time.monotonic() + PATIENCE_SECONDS
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        while True:
            try:
                with httpx.Client(base_url=self.url, verify=context, timeout=60) as client:
                    answer = client.request(method, path, headers=headers, **more)
                if answer.status_code < 500:
                    assert answer.is_success, answer.text
                    return answer.json()
                said = answer.text
            except httpx.TransportError as error:
                said = repr(error)
            assert time.monotonic() < deadline, f"{method} {path} is not answered: {said}"
            time.sleep(POLL_SECONDS)

    def start_import(self, rows: int, *, first: int | None = None) -> str:
        """Send a file of accounts (new ones, if not said), to be booked by itself; the id."""
        if first is None:
            first, self.next_row = self.next_row, self.next_row + rows
        content = BytesIO()
        write_csv(content, "accounts", rows, first=first)
        view = self.call(
            "POST",
            "/v1/imports",
            files={"file": (f"accounts-{first}.csv", content.getvalue(), "text/csv")},
            data={"config": json.dumps({"record_type": "accounts", "complete": "automatic"})},
            headers={"Idempotency-Key": secrets.token_hex(16)},
        )
        return view["id"]

    def await_completed(self, import_id: str) -> Json:
        view: Json = {}

        def is_completed() -> bool:
            view.update(self.call("GET", f"/v1/imports/{import_id}"))
            assert view["state"] != "failed", view["failure"]
            return view["state"] == "completed"

        wait_until(is_completed, lambda: f"{import_id} stays {view.get('state')}")
        return view

    def revert(self, import_id: str) -> None:
        self.call("POST", f"/v1/imports/{import_id}/revert", json={})

        def is_reverted() -> bool:
            return self.call("GET", f"/v1/imports/{import_id}")["state"] == "reverted"

        wait_until(is_reverted, lambda: f"{import_id} is not reverted")

    def prove(self, import_id: str) -> str:
        """What the independent check says; it raises where a sum breaks."""
        return self.compose("run", "--rm", "-T", "--no-deps", "ledgerport", "prove", import_id)


def wait_until(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(POLL_SECONDS)
