"""Real-looking files of every record type, and the seeded generator that makes them in any size."""
