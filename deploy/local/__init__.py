"""The native launcher: the whole stack on one machine, with nothing but Python to start from."""
