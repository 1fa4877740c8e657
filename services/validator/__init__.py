"""Judges rows and upstream records: accepted or rejected, with every reason; keeps nothing."""
