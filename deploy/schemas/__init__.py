"""What is printed of the contracts for others to read: JSON Schemas, AsyncAPI and OpenAPI."""
