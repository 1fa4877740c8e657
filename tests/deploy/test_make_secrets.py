"""The file of secrets for compose: made once, private, completed and never overwritten."""

import base64
import subprocess
import sys
from pathlib import Path

from deploy.local.settings import PROJECT
from deploy.make_secrets import PLACEHOLDER, fill, make_secrets, read_names

EXAMPLE = PROJECT / ".env.example"


def read_values(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def test_every_secret_is_new_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    make_secrets(EXAMPLE, one)
    make_secrets(EXAMPLE, two)
    assert one.stat().st_mode & 0o777 == 0o600
    wanted = [
        line.split("=")[0]
        for line in EXAMPLE.read_text("utf-8").splitlines()
        if line.endswith(f"={PLACEHOLDER}")
    ]
    assert len(wanted) == 10
    first, second = read_values(one), read_values(two)
    made = [first[name] for name in wanted] + [second[name] for name in wanted]
    assert len(set(made)) == len(made)
    assert all(len(value) >= 22 for value in made)
    assert len(base64.b64decode(first["LEDGERPORT_MASTER_KEY"])) == 32
    assert PLACEHOLDER not in first.values()


def test_a_repeated_run_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    make_secrets(EXAMPLE, target)
    before = target.read_text("utf-8")
    target.chmod(0o644)
    assert "nothing was changed" in make_secrets(EXAMPLE, target)
    assert target.read_text("utf-8") == before
    assert target.stat().st_mode & 0o777 == 0o600


def test_what_a_newer_version_needs_is_added_and_the_rest_kept(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    target.write_text("LEDGERPORT_SITE=mine.example.com\nLEDGERPORT_MASTER_KEY=old", "utf-8")
    said = make_secrets(EXAMPLE, target)
    assert "LEDGERPORT_POSTGRES_PASSWORD" in said
    values = read_values(target)
    assert values["LEDGERPORT_SITE"] == "mine.example.com"
    assert values["LEDGERPORT_MASTER_KEY"] == "old"
    assert read_names(target.read_text("utf-8")) == read_names(EXAMPLE.read_text("utf-8"))


def test_comments_and_choices_stay_as_they_are() -> None:
    text = "# NAME=CHANGE-ME\nLEDGERPORT_SITE=localhost\n\n#LEDGERPORT_X=CHANGE-ME\n"
    assert fill(text) == text


def test_it_runs_on_a_python_without_anything_installed() -> None:
    code = "import deploy.make_secrets"
    isolated = [sys.executable, "-S", "-c", f"import sys; sys.path[0] = '.'; {code}"]
    assert subprocess.run(isolated, cwd=PROJECT, check=False).returncode == 0
