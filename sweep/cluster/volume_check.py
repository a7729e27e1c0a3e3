"""Check that a runs directory on the cluster outlives its container, pod or machine."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sweep.errors import Problem

MARK = ".sweep-runs"  # the file by which whoever deploys a cluster vouches for a folder
MOUNTS = Path("/proc/self/mountinfo")
FLEETING = {"tmpfs", "ramfs", "overlay", "aufs", "devtmpfs", "squashfs", "proc", "sysfs"}  # file systems that end
EMPTY_DIR = "kubernetes.io~empty-dir"  # in the source of a volume that ends with its pod
ANONYMOUS = re.compile(r"/volumes/[0-9a-f]{64}/")  # Docker's own name for a volume that nobody named
PLAIN = "the runs directory would be lost"
REMEDY = f"mount a shared volume there, mark it with a file {MARK} where you know that it lasts, or give s3://BUCKET/…"


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of /proc/self/mountinfo."""

    point: Path
    source: str  # what of the file system is mounted
    kind: str

    @classmethod
    def all(cls, text: str) -> Iterator["Mount"]:
        """The mounts, the later over the earlier."""
        for line in text.splitlines():
            before, _, after = line.partition(" - ")
            fields = [part.replace("\\040", " ") for part in before.split()]
            yield cls(Path(fields[4]), fields[3], after.split()[0])


def problems(runs: Path, mounts: str | None = None) -> list[Problem]:
    """Return why files written there would be lost; [] if they persist.

    A folder lasts that lies on a mount of its own (an export, a named volume, a disk), which neither lives in memory
    nor ends with a container or a pod; or that is marked, it or a folder above, by whoever deployed the cluster.
    """
    where = runs.absolute()
    if any((folder / MARK).exists() for folder in (where, *where.parents)):
        return []
    why = _fleeting(where, MOUNTS.read_text() if mounts is None else mounts)
    return [Problem("--runs", f"{PLAIN}: {why}", str(runs), REMEDY)] if why else []


def _fleeting(where: Path, mounts: str) -> str:
    under = [mount for mount in Mount.all(mounts) if where.is_relative_to(mount.point)]
    mount = max(enumerate(under), key=lambda m: (len(m[1].point.parts), m[0]), default=(0, None))[1]
    if mount is None or mount.point == Path("/"):
        return "it lies on the root file system of the cluster's head, not on a volume"
    if mount.kind in FLEETING:
        return f"{mount.point} is {mount.kind}, which ends with the head"
    if EMPTY_DIR in mount.source:
        return f"{mount.point} is an emptyDir, which ends with the pod"
    if ANONYMOUS.search(mount.source):
        return f"{mount.point} is a volume without a name, which ends with the container"
    return ""
