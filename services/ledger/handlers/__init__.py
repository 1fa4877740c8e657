"""In which order and inside which transaction: staging, planning, applying, feeds, lifecycle."""
