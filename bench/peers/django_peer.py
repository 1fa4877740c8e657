"""django-import-export on the same file and database: dry run, then import, as its admin does.

`python -m bench.peers.django_peer DSN FILE [--bulk]` prints JSON: seconds, good rows, bad rows.
"""

# django and django-import-export come without types
# pyright: basic

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import tablib
from django.conf import settings
from django.db import connection


def configure(dsn: str) -> None:
    """Django with this database and nothing else."""
    place = urlsplit(dsn)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place.path.lstrip("/"),
                "USER": place.username,
                "PASSWORD": place.password,
                "HOST": place.hostname,
                "PORT": place.port,
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "import_export", "bench.peers.django_app"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def measure(file: Path, *, bulk: bool) -> dict[str, Any]:
    """Read, dry run, import; the table is made anew before the clock starts."""
    # Django must be configured before its models are imported.
    from bench.peers.django_app.models import Account  # noqa: PLC0415
    from bench.peers.django_app.resources import (  # noqa: PLC0415
        AccountResource,
        BulkAccountResource,
    )

    _make_table(Account)
    resource = BulkAccountResource if bulk else AccountResource
    started = time.monotonic()
    dataset = tablib.Dataset().load(file.read_text(), format="csv")
    dataset.headers = [_snake_case(name) for name in dataset.headers or ()]
    resource().import_data(dataset, dry_run=True, raise_errors=False)
    result = resource().import_data(dataset, dry_run=False, raise_errors=False)
    seconds = time.monotonic() - started
    bad = len(result.invalid_rows) + len(result.error_rows)
    return {"seconds": seconds, "good": Account._default_manager.count(), "bad": bad}


def _make_table(model: Any) -> None:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    with connection.schema_editor() as editor:
        if model._meta.db_table in tables:
            editor.delete_model(model)
        editor.create_model(model)


def _snake_case(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("dsn")
    parser.add_argument("file", type=Path)
    parser.add_argument("--bulk", action="store_true")
    asked = parser.parse_args()
    configure(asked.dsn)
    print(json.dumps(measure(asked.file, bulk=asked.bulk)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
