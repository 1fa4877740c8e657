"""Uploads become rows on a topic; imports are shown and commanded. The books are the ledger's."""
