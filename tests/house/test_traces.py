"""No trace of a machine or of how it was set up stands in what is kept."""

import re

from tests.house.sources import ROOT, project_files

LOCKED = "uv.lock"
# Written in pieces, or this file would be the first find.
TRACES = {
    "a machine's folder": re.compile(r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot)/\w"),
    "a package registry": re.compile(
        r"py" + r"pi\.org|pythonhos" + r"ted|npm" + r"js\.org|maven\.org|maven\.apache\.org"
        r"|crates\.io|proxy\.golang\.org|deb\.debian\.org"
    ),
    "a temporary folder": re.compile(r"""["'\s(=]/t""" + r"mp/\w"),
}


def test_nothing_that_is_kept_names_a_machine() -> None:
    found: list[str] = []
    for path in project_files():
        if str(path) == LOCKED:
            continue
        try:
            text = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path}: {what}" for what, trace in TRACES.items() if trace.search(text)]
    assert found == []
