"""What a worker does: one trial, plain data in, plain data out. Nothing that a trial does makes it raise."""

import os
import socket
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sweep.errors import TrialError
from sweep.executors.blackbox import UNLIMITED, Limits, recorded, tail
from sweep.trial import Params, Reason, Result, State


def execute(
    base: Mapping[str, Any],
    params: Params,
    *,
    name: str = "trial",
    limits: Limits = UNLIMITED,
    paths: Sequence[str] = (),
) -> Result:
    """Run the base backtest under a setting. A failure is a Result with its reason, and what was said last."""
    sys.path.extend(p for p in paths if p not in sys.path)
    started = time.time()
    with recorded(name, limits) as box:
        found = _run(base, params)
        if found["state"] is State.FAILED and (said := tail(box)):
            found["trace"] = f"{found['trace'].rstrip()}\n\nstandard error, at the end:\n{said}".strip()
    return Result.of(found | {"started": started, "ended": time.time(), "worker": identity()})


def _run(base: Mapping[str, Any], params: Params) -> dict[str, Any]:
    try:
        from sweep.backtest import run
        from sweep.spec import resolve

        return {"state": State.COMPLETE, **asdict(run(resolve(base, params)))}
    except TrialError as error:
        return _failed(error.reason, error.message, error.trace)
    except MemoryError as error:
        return _failed(Reason.MEMORY, f"out of memory: {error or 'an allocation failed'}", traceback.format_exc())
    except BaseException as error:  # noqa: BLE001 (user code must not end the worker: SystemExit, KeyboardInterrupt)
        return _failed(Reason.STRATEGY, f"{type(error).__name__}: {error}", traceback.format_exc())


def _failed(reason: Reason, message: str, trace: str) -> dict[str, Any]:
    return {"state": State.FAILED, "reason": reason, "message": message, "trace": trace}


def identity() -> str:
    """This worker, as host:pid."""
    return f"{socket.gethostname()}:{os.getpid()}"
