"""SQL by name."""

from pathlib import Path

import pytest

from services.chassis.queries import DuplicateQueryError, load_folder, load_queries


def test_blocks_are_found_by_their_names_with_their_comments(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(
        "-- What is here.\n\n"
        "-- name: first\n-- when: always\nselect 1;\n\n"
        "-- name: second\nselect 2"
    )
    assert load_queries(path) == {"first": "-- when: always\nselect 1;", "second": "select 2"}


def test_a_name_may_stand_once_in_a_file_and_once_in_a_folder(tmp_path: Path) -> None:
    twice = tmp_path / "twice.sql"
    twice.write_text("-- name: a\nselect 1;\n-- name: a\nselect 2;")
    with pytest.raises(DuplicateQueryError, match="a"):
        load_queries(twice)
    twice.write_text("-- name: a\nselect 1;")
    (tmp_path / "other.sql").write_text("-- name: b\nselect 2;")
    assert load_folder(tmp_path) == {"a": "select 1;", "b": "select 2;"}
    (tmp_path / "other.sql").write_text("-- name: a\nselect 2;")
    with pytest.raises(DuplicateQueryError, match="a"):
        load_folder(tmp_path)
