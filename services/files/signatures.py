"""What a file is by its first bytes, never by its name: table, JSON, or something foreign."""

import re
from typing import Final, Literal

from services.files.problems import FileProblem

FileFormat = Literal["csv", "json"]

_FOREIGN: Final = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\xd0\xcf\x11\xe0", "an old or protected Excel or Word file"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"PK\x03\x04", "a zip archive or workbook inside another archive"),
    (b"\x1f\x8b", "a gzip file inside another archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_MARKUP = re.compile(rb"\s*<(?:\?xml|!doctype|html|table|body|div|svg)\b", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.05
_FEW_CONTROLS = 8
_JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[\]{])")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def detect_format(sample: bytes) -> FileFormat:
    """`json` for an object or an array of objects at the start, else `csv`."""
    narrow = sample[:1024]
    if narrow.startswith(_WIDE_MARKS) or narrow.count(0) > len(narrow) // 5:
        narrow = narrow.lstrip(b"\xff\xfe").replace(b"\x00", b"").lstrip(b"\xfe\xff")
    return "json" if _JSON_START.match(narrow) else "csv"


def refuse_foreign_content(sample: bytes, *, chosen_encoding: str | None) -> None:
    """Raises FileProblem where the bytes are no text; a chosen encoding is taken at its word."""
    for signature, name in _FOREIGN:
        if sample.startswith(signature):
            raise _not_a_table(f"This is {name}, not a table of text.")
    if not sample.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise FileProblem(
            "empty_file", "The file holds nothing.", "Check the export at its source."
        )
    if _MARKUP.match(sample):
        raise _not_a_table("This is a web page or XML, not a table of text.")
    controls = len(_CONTROLS.findall(sample))
    allowed = _FEW_CONTROLS + len(sample) * _MOST_CONTROLS
    if chosen_encoding is None and controls > allowed:
        wide = sample.startswith(_WIDE_MARKS) or sample.count(0) >= len(sample) // 5
        if not wide or controls - sample.count(0) > allowed:
            raise _not_a_table("These bytes are no text.")


def _not_a_table(sentence: str) -> FileProblem:
    return FileProblem("not_a_table", sentence, "Save it as CSV or JSON, and upload that.")
