"""What ingest counts."""

from services.chassis.metrics import Counter, Gauge

UPLOADS = Counter("ledgerport_ingest_uploads", "Uploads received.", ["record_type", "state"])
ROWS_READ = Counter("ledgerport_ingest_rows_read", "Rows sent to be judged.", ["record_type"])
READINGS = Counter("ledgerport_ingest_readings", "Readings of uploads that ended.", ["outcome"])
REDRIVEN = Counter(
    "ledgerport_ingest_redriven", "Uploads read again, as rows of them were missing in the books."
)
WAITING = Gauge("ledgerport_ingest_waiting", "Uploads that wait to be read, or are being read.")
