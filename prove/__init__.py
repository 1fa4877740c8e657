"""The independent check: recomputes an import's sums from outside and imports no service."""
