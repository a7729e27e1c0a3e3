"""Files between the driver of a sweep and other processes: requests to it, and its state as of a second ago.

They are in the hidden folder `.driver/RUN/` of the sweep, which copies and archives leave out. RUN is the id of this
run of the driver, so that a request to an earlier run never reaches it. The driver removes the folder at its end.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from sweep.errors import SweepError
from sweep.ledger.encoding import LATEST
from sweep.ledger.run_directory import Folder

type Action = Literal["stop", "stop-now", "pause", "resume"]
ACTIONS: tuple[Action, ...] = get_args(Action.__value__)
ANSWERED = 10.0  # seconds within which a driver answers; it looks twice a second
LOOK = 0.1  # seconds between looks at the answer

type Moment = Annotated[float, Field(ge=0, lt=LATEST)]  # UNIX seconds
type Seconds = Annotated[float, Field(allow_inf_nan=False)]
type Count = Annotated[int, Field(ge=0, lt=2**63)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Trials that a worker runs: one, or a pack."""

    worker: str  # host:pid
    since: Moment
    keys: tuple[str, ...]  # of the trials
    is_check: bool = False  # a trial of a pack that is run again isolated


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverState:
    """State of a driver. Its counts are of all searches of the sweep, those of walk-forward windows included."""

    phase: str  # starting, running, paused, stopping, finishing
    at: Moment  # when it was written
    elapsed: Seconds = 0.0  # of this run, without pauses
    total: Count = 0  # trials of the whole sweep
    exact: bool = True  # `total` is counted, not estimated
    done: Count = 0  # those of them that need not run any more
    ended: Count = 0  # in this run
    slots: Count = 0  # trials or packs that run at the same time
    eta: Seconds | None = None
    note: str = ""  # what it does beside trials: a search for a point, a proof
    activities: tuple[Activity, ...] = ()

    @property
    def pace(self) -> float | None:
        """Trials a minute in this run."""
        return 60 * self.ended / self.elapsed if self.ended and self.elapsed else None


_STATE = TypeAdapter(DriverState)


class DriverFiles:
    """The files of one run of a sweep's driver; that of the run which holds the sweep's lock, unless it is named."""

    def __init__(self, folder: Folder, run: str | None = None) -> None:
        self.folder = folder
        self.run = run or (folder.holder() or {}).get("run", "")
        self._place = folder.path / ".driver" / self.run

    # ---- of the driver

    def begin(self) -> None:
        """Make the folder of this run, and remove those of earlier ones."""
        shutil.rmtree(self._place.parent, ignore_errors=True)
        self._place.mkdir(parents=True, exist_ok=True)

    def end(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._place.parent, ignore_errors=True)

    def write(self, state: DriverState) -> None:
        """Replace the state, whole."""
        self._put("state.json", asdict(state))

    def requests(self) -> Iterator[Action]:
        """The requests in the order of sending; each is removed after it was dealt with."""
        for path in sorted(self._place.glob("*.request")):
            action = path.name.split(".")[1]
            if action in ACTIONS:
                yield action
            path.unlink(missing_ok=True)

    # ---- of other processes

    def state(self) -> DriverState | None:
        """State of the driver that runs the sweep now; None where none runs, or it has not written one yet."""
        try:
            return _STATE.validate_json((self._place / "state.json").read_bytes(), strict=True) if self.run else None
        except (OSError, ValueError):
            return None

    def send(self, action: Action) -> bool:
        """Send a request to the driver, and wait until it is dealt with; False where no driver runs any more.

        Raises SweepError if the driver does not answer.
        """
        name = f"{time.time_ns():020d}-{os.getpid()}.{action}.request"
        deadline, is_sent = time.monotonic() + ANSWERED, False
        while (holder := self.folder.holder()) and holder.get("run", "") == self.run:
            if is_sent and not (self._place / name).exists():
                return True
            if time.monotonic() > deadline:
                (self._place / name).unlink(missing_ok=True)
                who = f"process {holder['pid']} on {holder['host']}"
                raise SweepError(f"{self.folder.id}: {who} does not answer: is it suspended, or an older version?")
            if not is_sent and self.run:
                with suppress(OSError):  # the driver is about to make the folder, or to remove it
                    self._put(name, {})
                    is_sent = True
            time.sleep(LOOK)
        return False

    def _put(self, name: str, content: Mapping[str, Any]) -> None:
        draft = self._place / f".{name}.{os.getpid()}"
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(self._place / name)
