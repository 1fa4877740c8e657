"""One word of a few per row number, a byte each: what millions of rows can afford."""

WORDS = ("", "created", "updated", "withdrawn", "restored")
_CODES = {word: code for code, word in enumerate(WORDS)}


class RowMarks:
    """Rows without a word have the empty one."""

    def __init__(self) -> None:
        self._codes = bytearray(1)
        self._count = 0

    def __len__(self) -> int:
        """How many rows have a word."""
        return self._count

    def __getitem__(self, row: int) -> str:
        return WORDS[self._codes[row]] if row < len(self._codes) else ""

    def __setitem__(self, row: int, word: str) -> None:
        if row >= len(self._codes):
            self._codes.extend(bytes(max(row + 1 - len(self._codes), len(self._codes))))
        self._count += not self._codes[row]
        self._codes[row] = _CODES[word]

    def find_difference(self, other: "RowMarks") -> int | None:
        """The first row whose words differ."""
        length = max(len(self._codes), len(other._codes))
        mine, theirs = (bytes(one._codes).ljust(length, b"\0") for one in (self, other))
        if mine == theirs:
            return None
        pairs = enumerate(zip(mine, theirs, strict=True))
        return next(row for row, (left, right) in pairs if left != right)
