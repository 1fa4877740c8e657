"""The benchmark: ratios against peers on the same machine and the same PostgreSQL."""
