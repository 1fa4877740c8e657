"""Which encoding a file has, from its first bytes; and text from bytes with exact byte counts.

Only encodings whose decoded text encodes back to the same bytes are read, so that a position in the
text is a position in the file.
"""

import codecs
from dataclasses import dataclass
from typing import BinaryIO, Final

import charset_normalizer

from services.files.problems import FileProblem
from services.files.table_shapes import ShapeWarning

SAMPLE_BYTES: Final = 256 * 1024
_CERTAIN: Final = 0.9
_CANDIDATES = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "mac_roman", "cp850")
SUPPORTED: Final = (
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "utf-32-le",
    "utf-32-be",
    "ascii",
    "latin-1",
    "iso8859-2",
    "iso8859-15",
    "cp437",
    *_CANDIDATES,
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A West European page is taken unless another alphabet or language shows itself this clearly.
_EVIDENCE_COHERENCE = 0.15
_ENOUGH_FOREIGN_LETTERS = 0.3


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """An encoding by Python's name, how sure it is (0 to 1), and whether it has a BOM."""

    name: str
    confidence: float
    has_bom: bool

    @property
    def mark_bytes(self) -> int:
        """The length of the byte order mark."""
        marks = {name: len(mark) for mark, name in _MARKS}
        return marks[self.name] if self.has_bom else 0


def detect_encoding(sample: bytes) -> EncodingGuess:
    """The likeliest encoding of a file that starts so; the sample may end in mid-character."""
    sample = sample[:SAMPLE_BYTES]
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return EncodingGuess(name, 1.0, has_bom=True)
    wide = _guess_wide(sample)
    if wide is not None:
        return EncodingGuess(wide, 0.9, has_bom=False)
    if _decodes(sample, "utf-8"):
        return EncodingGuess("utf-8", 1.0 if not sample.isascii() else 0.95, has_bom=False)
    return _guess_page(sample)


def known_encoding(name: str) -> str:
    """A user's spelling brought to one of `SUPPORTED`; raises FileProblem."""
    try:
        canonical = codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        canonical = ""
    for supported in SUPPORTED:
        if codecs.lookup(supported).name == canonical:
            return supported
    raise FileProblem(
        "unknown_encoding",
        "This encoding is not read.",
        "Choose one of: " + ", ".join(SUPPORTED) + ".",
    )


def mark_length(sample: bytes, encoding: str) -> int:
    """How many bytes of byte order mark stand before the text, if it is read as `encoding`."""
    marks = (mark for mark, name in _MARKS if name == encoding)
    return next((len(mark) for mark in marks if sample.startswith(mark)), 0)


def decode_sample(sample: bytes, encoding: str) -> str:
    """The text of a sample that may end inside a character; raises FileProblem."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return decoder.decode(sample)
    except UnicodeDecodeError as error:
        raise wrong_encoding(encoding, error.start) from None


def wrong_encoding(encoding: str, byte: int) -> FileProblem:
    return FileProblem(
        "wrong_encoding",
        f"The file cannot be read as {encoding}: byte {byte + 1} does not fit.",
        "Choose the encoding that the file was saved in (often cp1252), or save it as UTF-8.",
    )


def warn_of_encoding(guess: EncodingGuess) -> tuple[ShapeWarning, ...]:
    """What to tell a person who should look at the letters."""
    if guess.confidence >= _CERTAIN:
        return ()
    sentence = f"The file is not UTF-8; it was read as {guess.name}. Check that letters look right."
    return (ShapeWarning("encoding_uncertain", sentence),)


class TextSource:
    """Text of a stream from a byte on, in pieces, strictly decoded; raises FileProblem."""

    def __init__(self, stream: BinaryIO, encoding: str, *, start_byte: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._taken = start_byte
        self.ended = False
        _skip(stream, start_byte)

    def read(self, byte_count: int) -> str:
        """The next piece; empty only at the end of the stream (then `ended` is true)."""
        while not self.ended:
            piece = self._stream.read(byte_count)
            held = len(self._decoder.getstate()[0])
            try:
                text = self._decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise wrong_encoding(self._encoding, self._taken - held + error.start) from None
            self._taken += len(piece)
            self.ended = not piece
            if text:
                return text
        return ""


def byte_length(text: str, encoding: str) -> int:
    """How many bytes the text has in its file."""
    if text.isascii() and not encoding.startswith(("utf-16", "utf-32")):
        return len(text)
    return len(text.encode(encoding))


def _skip(stream: BinaryIO, count: int) -> None:
    if count and stream.seekable():
        stream.seek(count, 1)
        return
    while count > 0:
        piece = stream.read(min(count, SAMPLE_BYTES))
        if not piece:
            return
        count -= len(piece)


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _guess_wide(sample: bytes) -> str | None:
    """UTF-16 and UTF-32 without a mark: mostly Latin text has its zeros in fixed places."""
    if len(sample) < 8 or sample.count(0) < len(sample) // 5:
        return None
    zeros = [sample[offset::4].count(0) / max(1, len(sample) // 4) for offset in range(4)]
    full = [share > 0.6 for share in zeros]
    shapes = {
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
    }
    name = shapes.get((full[0], full[1], full[2], full[3]))
    return name if name is not None and _decodes(sample, name) else None


def _guess_page(sample: bytes) -> EncodingGuess:
    candidates = [name for name in _CANDIDATES if _decodes(sample, name)]
    if not candidates:
        return EncodingGuess("latin-1", 0.3, has_bom=False)
    best = charset_normalizer.from_bytes(sample, cp_isolation=candidates).best()
    if best is None or best.encoding == "cp1252" or best.encoding not in candidates:
        return EncodingGuess(candidates[0], 0.6, has_bom=False)
    if "cp1252" not in candidates or _is_evident(str(best), sample, best.coherence):
        return EncodingGuess(best.encoding, 0.5, has_bom=False)
    return EncodingGuess("cp1252", 0.5, has_bom=False)


def _is_evident(text: str, sample: bytes, coherence: float) -> bool:
    western = sample.decode("cp1252", "replace")
    if text == western:
        return False
    letters = sum(map(str.isalpha, text)) or 1
    foreign = sum(character > "\u024f" and character.isalpha() for character in text)
    return coherence >= _EVIDENCE_COHERENCE or foreign / letters > _ENOUGH_FOREIGN_LETTERS
