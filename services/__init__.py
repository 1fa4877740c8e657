"""The services, what they stand on (`chassis`), and the pure parsing of `values` and `files`."""
