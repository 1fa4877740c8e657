"""Request and response bodies of the HTTP API, shared by services, console and CLI."""
