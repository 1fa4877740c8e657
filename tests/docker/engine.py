"""Whether a Docker engine answers here, and which images it has."""

import shutil
import subprocess

NO_ENGINE = "no Docker engine answers here: tests of images and of docker-compose.yml are left out"


def find_obstacle(*images: str) -> str | None:
    """Why what needs an engine, and these images, cannot run; None when it can."""
    if shutil.which("docker") is None or not _succeeds("info"):
        return NO_ENGINE
    missing = [image for image in images if not _succeeds("image", "inspect", image)]
    if missing:
        return f"no image {', '.join(missing)} here: `make test-docker` pulls and builds it"
    return None


def _succeeds(*arguments: str) -> bool:
    return (
        subprocess.run(["docker", *arguments], capture_output=True, check=False, timeout=60)
    ).returncode == 0
