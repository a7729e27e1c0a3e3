"""Count of the processes that the kernel killed in this process's cgroup because its memory was used up."""

from functools import cache
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
COUNT = "oom_kill"


@cache
def events_file(root: Path = ROOT, own: Path = OWN) -> Path | None:
    """Return the file that counts them, of cgroup v2 or v1; None where there is none."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return None
    places = {controllers: path.strip("/") for _, controllers, path in lines}
    memory = next((path for controllers, path in places.items() if "memory" in controllers.split(",")), "")
    files = [root / places.get("", "") / "memory.events", root / "memory.events"]
    # a container has its own group at the root, under whatever name the host has for it
    files += [root / "memory" / memory / "memory.oom_control", root / "memory" / "memory.oom_control"]
    return next((file for file in files if count(file) is not None), None)


def count(file: Path | None) -> int | None:
    """Return the number of processes that were killed; None if the file does not tell."""
    try:
        lines = [line.split() for line in file.read_text().splitlines()] if file else []
    except OSError:
        return None
    return next((int(line[1]) for line in lines if line[:1] == [COUNT]), None)
