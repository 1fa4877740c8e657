"""In which order things are done, and inside which transaction."""
