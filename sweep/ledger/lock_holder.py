"""The note in a lock: which process holds it. Others may have written a lock, so it is read within its own form."""

import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NotRequired, TextIO, TypedDict

from pydantic import Field, TypeAdapter

LONGEST = 4096  # bytes of a note


class Holder(TypedDict):
    """A process that holds a lock."""

    host: Annotated[str, Field(max_length=255)]
    pid: Annotated[int, Field(gt=0, lt=2**31)]
    since: NotRequired[Annotated[str, Field(max_length=40)]]  # ISO 8601
    run: NotRequired[Annotated[str, Field(pattern="^[0-9a-f]{32}$")]]  # of a driver: the folder of its state


_HOLDER = TypeAdapter(Holder)


def note_holder(lock: TextIO, **more: str) -> None:
    """Write into a lock that is held who holds it. On a full disk it is held without: `rm` makes room there."""
    note = json.dumps({"host": socket.gethostname(), "pid": os.getpid()} | more)
    with suppress(OSError):
        os.truncate(lock.fileno(), 0)
        os.write(lock.fileno(), note.encode())


def noted_holder(lock: Path) -> Holder | None:
    """The process that holds a lock; None where the lock has no note, or another text than sweep writes."""
    try:
        with lock.open("rb") as file:
            return _HOLDER.validate_json(file.read(LONGEST), strict=True)
    except (OSError, ValueError):
        return None
