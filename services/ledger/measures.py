"""What the ledger counts for Prometheus."""

from services.chassis.metrics import Counter

ROWS = Counter(
    "ledgerport_rows",
    "Rows by what became of them: of imports at completion, of feeds as they are settled.",
    ["record_type", "outcome"],
)
