"""The folder of a sweep through the one port that is open: an archive as text in the log of a small job.

Both sides hold a line of it at a time, however large it is. The sender wipes its log once it is told to end.
"""

import base64
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
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from sweep.cluster.client import answer as reply
from sweep.cluster.handshake import MARK
from sweep.common.files.tar_files import room
from sweep.errors import SweepError
from sweep.ledger.snapshot import files, whole

PART = "sweep-part "  # before each line of the archive
LINE = 48 * 1024  # bytes of the archive in a line
GROWTH = 1.4  # of the text over the files, where they do not compress
LONGEST = 2**20  # characters of a line of its log
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
    ended = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, stop)
    if not (folder / "ledger.sqlite").exists():
        return _answer({"problem": f"there is no sweep in {folder}"})
    needed, free = GROWTH * sum(path.stat().st_size for _, path in files(folder)), _free()
    if needed > free:
        message = f"{needed / 2**20:,.0f} MiB of log are needed on the head, {free / 2**20:,.0f} are free"
        return _answer({"problem": message})
    _answer(pack(folder))
    ended.wait(LINGER)
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
    free = room(target.parent)
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
