"""Names of uploaded files: only ever shown, never used as a path."""

import re
import unicodedata
from urllib.parse import quote

MAX_LENGTH = 255
NAMELESS = "upload"
_UNSAFE_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_NOT_ASCII_TOKEN = re.compile(r"[^A-Za-z0-9._ -]")


def clean_file_name(name: str | None) -> str:
    """The last part of a path of any system, without control and direction marks."""
    last = re.split(r"[/\\]", name or "")[-1]
    kept = "".join(char for char in last if unicodedata.category(char) not in _UNSAFE_CATEGORIES)
    return kept.strip(" .")[:MAX_LENGTH] or NAMELESS


def content_disposition(name: str) -> str:
    """A download header (RFC 6266) with the name in ASCII, and exactly (RFC 8187)."""
    plain = _NOT_ASCII_TOKEN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
