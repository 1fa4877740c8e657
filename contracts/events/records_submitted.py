"""Live lane, upstream systems → validator: one record, with the field names of the templates."""

from pydantic import Field

from contracts.envelope import Message


class RecordSubmitted(Message):
    """(`ce_source`, `ce_id`) identifies it for ever; the key is the account number.

    A value may be text, a number written exactly, or null (not said).
    """

    record_type: str = Field(min_length=1, max_length=100)
    record: dict[str, str | int | None]
