"""Text of a stream in pieces of whole lines, in bounded memory; records are not known here."""

from typing import NamedTuple

from services.files.blocks import Limits
from services.files.encodings import TextSource, byte_length


class Piece(NamedTuple):
    """Whole lines. `last` tells that nothing follows; then the final line may lack its end.

    A line far above the limits is cut (it stays above them), and `unseen_bytes` counts what was.
    """

    text: str
    last: bool
    unseen_bytes: int = 0


class LinePieces:
    """Hands out pieces; what the caller could not use yet is given back with `carry`."""

    def __init__(self, source: TextSource, encoding: str, limits: Limits) -> None:
        self._source = source
        self._encoding = encoding
        self._limits = limits
        self._pending = ""

    def carry(self, text: str) -> None:
        """Put text back in front of what follows."""
        self._pending = text + self._pending

    def next_piece(self) -> Piece | None:
        """The next piece, always longer than what was carried; None at the end of the stream."""
        text = self._pending
        while True:
            text += self._source.read(self._limits.block_bytes)
            if self._source.ended:
                self._pending = ""
                return Piece(text, last=True) if text else None
            cut = last_line_end(text)
            tail = len(text) - cut - text.endswith("\r")
            if tail > self._limits.max_record_characters:
                return self._cut_giant_line(text, cut + self._limits.max_record_characters + 1)
            if cut:
                self._pending = text[cut:]
                return Piece(text[:cut], last=False)

    def _cut_giant_line(self, text: str, keep: int) -> Piece:
        """Keep so much that the line is seen to be too long, and skip to its end."""
        rest, unseen = text[keep:], 0
        end = _first_line_end(rest, last=False)
        while end is None:
            dropped = len(rest) - rest.endswith("\r")
            unseen += byte_length(rest[:dropped], self._encoding)
            rest = rest[dropped:] + self._source.read(self._limits.block_bytes)
            end = _first_line_end(rest, last=self._source.ended)
        unseen += byte_length(rest[:end], self._encoding)
        self._pending = rest[end:]
        # The line end put here stands for the real one, whose bytes are among the unseen.
        unseen -= byte_length("\n", self._encoding)
        return Piece(text[:keep] + "\n", last=False, unseen_bytes=unseen)


def last_line_end(text: str) -> int:
    """Where the last whole line ends; a CR at the very end may be half of a CR LF."""
    return max(text.rfind("\n"), text.rfind("\r", 0, max(0, len(text) - 1))) + 1


def _first_line_end(text: str, *, last: bool) -> int | None:
    """Where the first line ends, its end included; None where more text has to tell."""
    ends = [index for index in (text.find("\n"), text.find("\r")) if index >= 0]
    if not ends:
        return len(text) if last else None
    end = min(ends) + 1
    if text[end - 1] == "\r" and end == len(text) and not last:
        return None
    return end + 1 if text[end - 1 : end + 1] == "\r\n" else end
