"""The folder of a sweep through the one port that is open: an archive as text in the log of a small job.

Both sides hold a line of it at a time, however large it is. The sender wipes its log once it is told to end.
"""

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import sys
import tarfile
import tempfile
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from sweep.cluster.client import answer as reply
from sweep.cluster.handshake import MARK
from sweep.cluster.snapshot import files, whole
from sweep.common.foreign_names import is_inside
from sweep.errors import SweepError, shorten

PART = "sweep-part "  # before each line of the archive
LINE = 48 * 1024  # bytes of the archive in a line
GROWTH = 1.4  # of the text over the files, where they do not compress
LONGEST = 2**20  # characters of a line of its log
HEADER = 2**20  # bytes of a file's name and attributes in an archive
BLOCK = 4096  # bytes that a file takes at least
RATIO, FLOOR = 200, 2**28  # an archive may unpack to so many times its size, and to so many bytes in any case
RESERVE = 2**26  # bytes of the disk that are left to others
LINGER = 600.0  # seconds that a sender waits to be told that all of it has come


class _Lines(io.RawIOBase):
    """Takes bytes and says them as lines."""

    def __init__(self) -> None:
        super().__init__()
        self.sha, self.size, self._held = hashlib.sha256(), 0, bytearray()

    def write(self, data: Any) -> int:
        self._held += data
        while len(self._held) >= LINE:
            self._say(LINE)
        return len(data)

    def end(self) -> None:
        while self._held:
            self._say(LINE)

    def _say(self, size: int) -> None:
        part = bytes(self._held[:size])
        del self._held[:size]
        self.sha.update(part)
        self.size += len(part)
        sys.stdout.write(f"{PART}{base64.b64encode(part).decode()}\n")


def pack(folder: Path) -> dict[str, Any]:
    """Say the archive of a folder on stdout, line by line; its hash and size."""
    lines = _Lines()
    with tarfile.open(None, "w|gz", lines, dereference=True) as archive:
        for name, path in files(folder):
            with whole(path) as copy:
                archive.add(copy, name)
    lines.end()
    return {"sha256": lines.sha.hexdigest(), "bytes": lines.size}


def send(folder: Path) -> int:
    """The job: the archive, its hash, and then nothing is left of it in the log."""
    done = threading.Event()

    def told(_: int, __: FrameType | None) -> None:
        done.set()

    signal.signal(signal.SIGTERM, told)
    if not (folder / "ledger.sqlite").exists():
        return _answer({"problem": f"there is no sweep in {folder}"})
    needed, free = GROWTH * sum(path.stat().st_size for _, path in files(folder)), _free()
    if needed > free:
        message = f"{needed / 2**20:,.0f} MiB of log are needed on the head, {free / 2**20:,.0f} are free"
        return _answer({"problem": message})
    _answer(pack(folder))
    done.wait(LINGER)
    if os.path.isfile("/proc/self/fd/1"):  # noqa: PTH113 (a link to what is written)
        os.ftruncate(1, 0)
    return 0


def _answer(answer: Mapping[str, Any]) -> int:
    print(MARK + json.dumps(answer), flush=True)  # noqa: T201
    return 2 if "problem" in answer else 0


def _free() -> int:
    """Bytes where the log is written."""
    log = os.path.realpath("/proc/self/fd/1")
    return shutil.disk_usage(log if os.path.exists(log) else tempfile.gettempdir()).free  # noqa: PTH110


def receive(log: Iterable[str], target: Path) -> None:
    """Write the archive that a log says to a file. SweepError where it does not come whole."""
    sha, size = hashlib.sha256(), 0
    free = _room(target.parent)
    with target.open("wb") as file:
        for line in lines(log):
            if size > free:
                raise SweepError(f"the archive does not fit on the disk of {target.parent}: {free:,} bytes are free")
            if line.startswith(PART):
                part = _decoded(line.removeprefix(PART))
                sha.update(part)
                size += file.write(part)
            elif line.startswith(MARK):
                answer = reply(line) or {}
                if "problem" in answer:
                    raise SweepError(f"the cluster cannot send it: {answer['problem']}")
                if (answer.get("sha256"), answer.get("bytes")) != (sha.hexdigest(), size):
                    raise SweepError(f"what came is not what was sent ({size:,} bytes): fetch it again")
                return
    raise SweepError(f"the archive broke off after {size:,} bytes: fetch it again")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""  # the hash tells


def lines(pieces: Iterable[str]) -> Iterator[str]:
    """Whole lines of a text that comes in pieces; a last one without its end is none."""
    held: list[str] = []
    for piece in pieces:
        *ended, rest = piece.split("\n")
        for line in ended:
            yield "".join([*held, line])
            held.clear()
        held.append(rest)
        if sum(map(len, held)) > LONGEST:
            raise SweepError("what the cluster sends is no archive: a line of it has no end")


def unpack(archive: Path, target: Path) -> None:
    """The files of an archive in a folder. SweepError for links, names outside of it, and more than it may become."""
    budget = _Budget(min(max(FLOOR, RATIO * archive.stat().st_size), _room(archive.parent)))
    try:
        with _Steps(archive, "rb") as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            tar.extractall(target, filter=budget.checked)  # noqa: S202 (the filter checks each member)
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError) as error:
        raise SweepError(f"the archive cannot be unpacked: {error}") from error


class _Steps(gzip.GzipFile):
    """A compressed archive that is held in memory a piece at a time, whatever its headers say."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= HEADER:
            raise SweepError("the archive cannot be unpacked: a header of it is as large as a file")
        return super().read(size)


@dataclass
class _Budget:
    """Bytes that an archive may still unpack to."""

    left: int

    def checked(self, member: tarfile.TarInfo, target: str) -> tarfile.TarInfo | None:
        name = shorten(member.name)
        if not (member.isreg() or member.isdir()) or not is_inside(member.name):
            raise SweepError(f"the archive holds {name}, which is no file of a sweep: nothing was taken from it")
        self.left -= max(member.size, BLOCK)
        if self.left < 0:
            raise SweepError(f"the archive becomes too large when it is unpacked, at {name}: nothing was taken from it")
        return tarfile.data_filter(member, target)


def _room(folder: Path) -> int:
    return max(0, shutil.disk_usage(folder).free - RESERVE)
