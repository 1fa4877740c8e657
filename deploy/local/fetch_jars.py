"""A step: fetches the jars that are missing from Maven and refuses any but the locked ones."""

import hashlib
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import stamina
from jgo.maven import MavenContext

from deploy.local.jars import Jar, find_missing_jars
from deploy.local.state import project_cache

DOWNLOADS_AT_ONCE = 8
ATTEMPTS = 4


class JarError(Exception):
    """A jar could not be fetched, or is not the one that was locked."""


def fetch_jars() -> int:
    """Fetch what is missing; how many jars that were."""
    missing = find_missing_jars()
    (project_cache() / "jars").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project_cache(), prefix="maven-") as repository:
        context = MavenContext(repo_cache=Path(repository), timeout=60)
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            for done in [pool.submit(_fetch_one, context, jar) for jar in missing]:
                done.result()
    return len(missing)


def _fetch_one(context: MavenContext, jar: Jar) -> None:
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        for attempt in stamina.retry_context(on=Exception, attempts=ATTEMPTS, timeout=None):
            with attempt:
                downloaded = component.artifact().resolve()
                _check(jar, downloaded)
                downloaded.replace(jar.file)
    except Exception as error:
        raise JarError(
            f"{jar.artifact} {jar.version} could not be fetched ({error});"
            " check that this machine reaches Maven Central, then start again"
        ) from error


def _check(jar: Jar, downloaded: Path) -> None:
    found = hashlib.sha256(downloaded.read_bytes()).hexdigest()
    if found != jar.sha256:
        downloaded.unlink()
        raise JarError(f"its sha256 is {found}, not the locked one")


def main() -> None:
    try:
        print(f"{fetch_jars()} jars fetched and checked")
    except JarError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
