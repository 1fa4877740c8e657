"""What the validator counts."""

from services.chassis.metrics import Counter

ROWS_JUDGED = Counter("ledgerport_validator_rows", "Rows of files judged.", ["verdict"])
RECORDS_JUDGED = Counter("ledgerport_validator_records", "Upstream records judged.", ["verdict"])
