"""A migration that has landed never changes: databases that have it would refuse to start."""

from hashlib import sha256
from pathlib import Path

from deploy.local.settings import PROJECT

# As `sha256sum` prints them. A new migration may be changed until it is added here.
LANDED = Path(__file__).with_name("landed_migrations.sha256")


def test_landed_migrations_are_what_they_were() -> None:
    lines = [line.split() for line in LANDED.read_text("ascii").splitlines()]
    assert len(lines) >= 15
    changed = [
        name
        for checksum, name in lines
        if sha256((PROJECT / name).read_bytes()).hexdigest() != checksum
    ]
    assert changed == []
