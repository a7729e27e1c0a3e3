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
from sweep.trial import Params, Reason, Result, State


def execute(base: Mapping[str, Any], params: Params, paths: Sequence[str] = ()) -> Result:
    """Run the base backtest under a setting. A failure is a Result with its reason."""
    sys.path.extend(p for p in paths if p not in sys.path)
    started = time.time()
    try:
        from sweep.backtest import run
        from sweep.spec import resolve

        outcome = run(resolve(base, params))
        found: dict[str, Any] = {"state": State.COMPLETE, **asdict(outcome)}
    except TrialError as error:
        found = _failed(error.reason, error.message, error.trace)
    except MemoryError as error:
        found = _failed(Reason.MEMORY, f"out of memory: {error or 'an allocation failed'}", traceback.format_exc())
    except BaseException as error:  # SystemExit and KeyboardInterrupt out of user code must not end the worker silently
        if isinstance(error, KeyboardInterrupt) and not _inside_user_code(error):
            raise
        found = _failed(Reason.STRATEGY, f"{type(error).__name__}: {error}", traceback.format_exc())
    return Result.of(
        found | {"started": started, "ended": time.time(), "worker": f"{socket.gethostname()}:{os.getpid()}"}
    )


def _failed(reason: Reason, message: str, trace: str) -> dict[str, Any]:
    return {"state": State.FAILED, "reason": reason, "message": message, "trace": trace}


def _inside_user_code(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and not any(part in frames[-1].filename for part in ("/sweep/executors/", "/sweep/backtest/"))
