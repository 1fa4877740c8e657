"""What the validator says of one row or record: accepted or rejected, with violations and
warnings.
"""

from typing import NamedTuple


class Remark(NamedTuple):
    """A violation or a warning; on topics an array in this order.

    `field` is null when the whole row is meant. `value` is the text as it stood, shortened to 200
    characters; null where there is none.
    """

    field: str | None
    code: str
    sentence: str
    value: str | None = None


MAX_REMARK_VALUE_LENGTH = 200
