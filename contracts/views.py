"""The read-only views `ledger_v1`: the one thing that services read of another's schema.

Versioned like an API: columns are only ever added. A test compares them with the database.
Each record type has a view of its own name with `id bigint`, one column per field in snake case
(money as `<field>` in minor units beside `currency`), `custom jsonb` where the type has custom
fields, `state`, `version`, `import_id`, `row`, `created_at`, `updated_at`.
"""

SCHEMA = "ledger_v1"

RECORD_COLUMNS = ("id", "state", "version", "import_id", "row", "created_at", "updated_at")

VIEWS: dict[str, tuple[str, ...]] = {
    "watermark": ("value",),
    "imports": (
        "import_id",
        "record_type",
        "state",
        "revision",
        "rows_expected",
        "rows_staged",
        "plan_id",
        "plan_made_at",
        "counts",
        "amounts",
        "warnings",
        "findings",
        "control",
        "as_completed",
        "ready_at",
        "completed_at",
        "applied_rows",
        "config_version",
    ),
    "import_rows": (
        "import_id",
        "row",
        "attempt",
        "verdict",
        "values",
        "custom",
        "warnings",
        "violations",
        "cells",
        "action",
        "reason",
        "outcome",
        "outcome_reason",
        "record_id",
        "before",
        "delta",
        "currency",
        "amount",
    ),
    "postings": (
        "import_id",
        "row",
        "entry",
        "account_id",
        "transaction_id",
        "kind",
        "minor",
        "currency",
        "posted_at",
        "watermark",
    ),
    "balances": ("account_id", "minor"),
    "record_changes": (
        "record_id",
        "version",
        "record_type",
        "import_id",
        "row",
        "before",
        "changed_at",
    ),
    "feeds": ("feed_id", "source", "day", "record_type", "rows", "settled", "opened_at"),
}
