"""In which order and inside which transaction: asking, rendering, expiring."""
