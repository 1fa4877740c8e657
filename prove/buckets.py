"""The seven buckets, and which verdicts and reasons can lead a row into each of them."""

BUCKETS = ("created", "updated", "unchanged", "skipped", "rejected", "held", "parked")
APPLIED = ("created", "updated")
_SKIPS = {"repeated_key", "no_match", "already_exists", "withdrawn", "corrected"}
_PARKS = {"account_unknown", "reversed_unknown"}
_REMARKS = {"created": {"closed_account"}, "unchanged": {"details_differ"}}
_OF_SKIPS_ONLY = _SKIPS - {"already_exists"}


def find_contradiction(bucket: str, reason: str | None, *, rejected: bool) -> str:
    """Why a row cannot be in this bucket; empty if it can. `rejected` is its verdict."""
    if bucket not in BUCKETS:
        return f"it is in no bucket, but {bucket}"
    if rejected and bucket in (*APPLIED, "unchanged", "parked"):
        return f"its values were rejected, but it is {bucket}"
    if reason is None:
        needed = bucket in ("skipped", "held", "parked") or (bucket == "rejected" and not rejected)
        return f"it is {bucket} for no reason" if needed else ""
    return "" if _can_lead(reason, bucket) else f"it is {bucket}, but {reason} does not lead there"


def _can_lead(reason: str, bucket: str) -> bool:
    if bucket == "skipped":
        return reason in _SKIPS
    if bucket == "parked":
        return reason in _PARKS
    if bucket in ("rejected", "held"):
        return reason not in _OF_SKIPS_ONLY | _PARKS
    return reason in _REMARKS.get(bucket, ())
