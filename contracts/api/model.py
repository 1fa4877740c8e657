"""The base of every request and response body."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Strict, and closed to unknown fields: a misspelt option is an error, never ignored.

    `strict` is left to each field where JSON has no type of its own (UUIDs, dates).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Money(Body):
    """An amount in minor units (cents) of its ISO 4217 currency."""

    minor: int
    currency: str
