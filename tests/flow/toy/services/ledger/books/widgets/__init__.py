"""The toy book `widgets`."""
