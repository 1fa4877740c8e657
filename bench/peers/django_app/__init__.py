"""A small Django application: one model and its import resource, as its documentation has it."""
