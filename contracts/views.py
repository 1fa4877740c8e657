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
        # null, or what was asked for and, once it is done, what came of it:
        # {"actor", "requested_at", "counts", "amounts"}
        "revert",
        "reverted_at",
        "reverted_rows",
        "validators",
        "kind",
        "file_sha256",
        # who sent the file; a feed's is its source
        "actor",
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
        # 'reversed' or 'kept' once its import was reverted, and why it was kept
        "reverted",
        "kept_reason",
        # of a row that corrects an earlier import's: its number there
        "corrects_row",
        "decided_at",
    ),
    # Rows of completed imports and of feeds that wait for a person, or for a record.
    "waiting_rows": ("import_id", "record_type", "row", "action", "reason", "since"),
    "submissions": ("feed_id", "row", "source", "event_id", "reference", "received_at"),
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
        "account_number",
        # the entry, of the same import and row, that a counter-posting reverses
        "reverses_entry",
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
        # the version that a revert undid with this change
        "undoes",
        # of the import that made the change or, of one that undoes, who asked for the revert
        "actor",
        # 'updated', 'withdrawn' or 'restored'; the creation, version 1, is not among them
        "change",
    ),
    "feeds": ("feed_id", "source", "day", "record_type", "rows", "settled", "opened_at", "state"),
}

# Functions beside the views. `revert_plan(import_id)` says per applied row what reverting the
# import would do now ('reverse', or 'keep' with a reason) or, once it was asked for, what it did;
# `delta` is what the row's posting had moved. `revert_summary(import_id)` sums that up: an object
# with the `counts`, `amounts` and `reasons` of contracts.api.decisions.RevertView.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "revert_plan": ("row_number", "record_id", "action", "reason", "delta", "currency"),
    "revert_summary": ("revert_summary",),
}
