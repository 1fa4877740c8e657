"""What others would use for the same job, as they would use it."""
