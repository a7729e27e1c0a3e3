"""Run one trial in a worker: plain data in, plain data out. Errors of a trial become results, never exceptions."""

import json
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from sweep.backtest.records import NOTHING, BacktestRecord, Hooks
from sweep.backtest.user_code.source_snapshot import NO_CODE, SourceSnapshot
from sweep.catalog.data_binding import bound
from sweep.errors import Reason, TrialError, described
from sweep.executors.limits import UNLIMITED, Limits
from sweep.executors.worker.crash_recorder import last_output, record_crash, worker
from sweep.executors.worker.isolation import isolated
from sweep.executors.worker.process_end import noticing
from sweep.trial import CONTRADICTED, MUST_RUN_ISOLATED, SHARED, Contradiction, Params, Result, Rung, State, Trial

PART = 600.0  # seconds that a pack may take for a part of the market, also where a trial may take less
SOON = 0.001  # seconds
CHARTED = 1_000  # positions in a price chart at most: 200 kB


def execute(  # noqa: PLR0913 (each is named where it is given)
    base: Mapping[str, Any],
    params: Params,
    *,
    rungs: Sequence[Rung] = (),
    name: str = "trial",
    limits: Limits = UNLIMITED,
    paths: Sequence[str] = (),
    attached: bool = False,
    look: Hooks = NOTHING,
    code: SourceSnapshot = NO_CODE,
    data: str = "",
    owner: str = "the trial",
    charted: bool = False,
) -> Result:
    """Run the base backtest under a setting. A failure is a Result with its reason, and what was said last.

    `code` are the sources that its user modules are imported from; without them they are imported as usual. `data` is
    what its data must be; `owner` is named where it keeps the process from ending. One that is `charted` has its price
    chart in its result.
    `look` is how to look into it. Never raises, but for Ctrl-C where the process is `attached` to the user's terminal;
    there standard error stays where it is when something is to be called where user code raises.
    """
    sys.path.extend(p for p in paths if p not in sys.path)
    started = time.time()
    try:
        with nullcontext(Path(os.devnull)) if look.failed else record_crash(name, limits) as crash_file:
            with noticing(owner), isolated(code) as traces:
                record = _plain(_run(base, params, rungs, look, attached=attached, data=data, charted=charted))
            record |= {"warnings": [*record.get("warnings", ()), *traces.warnings], "inputs": traces.inputs}
            if record["state"] == State.FAILED and (output := last_output(crash_file)):
                record["trace"] = f"{record['trace'].rstrip()}\n\nstandard error, at the end:\n{output}".strip()
    except BaseException as error:  # noqa: BLE001 (whatever kept the trial from being set back)
        record = _failed(Reason.CRASH, _unable(error, attached=attached), traceback.format_exc())
    return Result.of(record | {"started": started, "ended": time.time(), "worker": identity()})


def execute_all(
    base: Mapping[str, Any],
    trials: Sequence[Trial],
    *,
    limits: Limits = UNLIMITED,
    paths: Sequence[str] = (),
    attached: bool = False,
    code: SourceSnapshot = NO_CODE,
) -> list[Result]:
    """Run a trial as `execute` does; several of them in one pass over the market, which takes as long as they may.

    Of several each has its own figures, or is APART: to be run alone.
    """
    name = trials[0].key
    if len(trials) == 1:
        (t,) = trials
        more: dict[str, Any] = {"limits": limits, "paths": paths, "attached": attached, "code": code, "data": t.data}
        more |= {"owner": f"trial {t.number}", "charted": t.charted}
        return [execute(base, t.params, rungs=t.rungs, name=name, **more)]
    sys.path.extend(p for p in paths if p not in sys.path)
    clock, started = PackClock(limits, len(trials)), time.time()
    owner = f"trials {', '.join(str(t.number) for t in trials)}"
    inputs: Mapping[str, str] = {}
    try:
        with record_crash(name, clock.limits()) as crash_file, noticing(owner), isolated(code) as traces:
            restart = partial(clock.restart, crash_file)
            records = [_plain(one) for one in _run_together(base, trials, restart, attached=attached)]
        inputs = traces.inputs
        if traces.warnings:  # what one trial left there the others of its pack may have met
            records = [_apart(f"its pack {warning}") for _ in trials for warning in traces.warnings[:1]]
    except BaseException as error:  # noqa: BLE001 (likewise)
        records = [_apart(_unable(error, attached=attached)) for _ in trials]
    share, process = (time.time() - started) / len(trials), identity()
    spans = [(started + n * share, started + (n + 1) * share) for n in range(len(trials))]
    return [
        Result.of(one | {"started": begin, "ended": end, "worker": process, "inputs": inputs})
        for one, (begin, end) in zip(records, spans, strict=True)
    ]


class PackClock:
    """Time of a pack: as long as its trials may take, but no longer for a part of the market than one may take.

    A hanging trial would else hold up its pack as many times as long. Parts of heavy trials with short limits may take
    `PART`.
    """

    def __init__(self, limits: Limits, trials: int) -> None:
        self._limits, self._end = limits, time.monotonic() + (limits.timeout_s or 0.0) * trials

    def limits(self) -> Limits:
        """Limits of the part of the market that begins now."""
        if self._limits.timeout_s is None:
            return self._limits
        left = max(self._end - time.monotonic(), SOON)
        return replace(self._limits, timeout_s=min(left, max(self._limits.timeout_s, PART)))

    def restart(self, crash_file: Path) -> None:
        """Have the watchdog count from now."""
        if self._limits.timeout_s is not None:
            worker.watch(crash_file, self.limits())


def _run_together(
    base: Mapping[str, Any], trials: Sequence[Trial], begins: Callable[[], None], *, attached: bool
) -> list[dict[str, Any]]:
    """Run a pack; if it breaks, each of its trials is returned as one that must run isolated.

    `begins` is called before each part of the market.
    """
    try:
        from sweep.backtest import run_together
        from sweep.spec.model import resolve

        with bound(resolve(base, trials[0].params), trials[0].data):  # they differ in the strategy alone
            results = run_together([(resolve(base, t.params), t.rungs) for t in trials], begins)
    except BaseException as error:  # user code must not end the worker
        if attached and isinstance(error, KeyboardInterrupt):
            raise
        _forget_changed(error)
        return [_apart(f"the pack broke: {described(error)}") for _ in trials]
    return [_apart(o) if isinstance(o, str) else o.plain() | {"replay": SHARED} for o in results]


def _apart(why: str) -> dict[str, Any]:
    is_contradiction = isinstance(why, Contradiction)
    return _failed(Reason.GUARD, why, "") | {"replay": CONTRADICTED if is_contradiction else MUST_RUN_ISOLATED}


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """As it will be in the ledger; a figure that cannot be written there fails the trial, not the sweep."""
    try:
        return json.loads(json.dumps(record, allow_nan=False))
    except (TypeError, ValueError) as error:
        wrong = [name for name, value in record.get("metrics", {}).items() if not _is_figure(value)]
        subject = f"metric {', '.join(wrong)} is" if wrong else "a result of the backtest is"
        return _failed(Reason.GUARD, f"{subject} not a finite number: {error}", traceback.format_exc())


def _is_figure(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and isfinite(value))


def _run(
    base: Mapping[str, Any],
    params: Params,
    rungs: Sequence[Rung],
    look: Hooks,
    *,
    attached: bool,
    data: str,
    charted: bool,
) -> dict[str, Any]:
    try:
        from sweep.backtest import run
        from sweep.spec.model import resolve

        with bound(resolved := resolve(base, params), data):
            if not charted:
                return run(resolved, rungs, look=look).plain()
            records: list[BacktestRecord] = []
            result = run(resolved, rungs, look=replace(look, keep=records.append))
            return result.plain() | {"chart": _chart(records, resolved)}
    except TrialError as error:
        _forget_changed(error)
        return _failed(error.reason, error.message, error.trace)
    except MemoryError as error:
        return _failed(Reason.MEMORY, f"out of memory: {error or 'an allocation failed'}", traceback.format_exc())
    except BaseException as error:  # user code must not end the worker: SystemExit, KeyboardInterrupt
        if attached and isinstance(error, KeyboardInterrupt):
            raise
        return _failed(Reason.STRATEGY, described(error), traceback.format_exc())


def _chart(records: Sequence[BacktestRecord], backtest: Mapping[str, Any]) -> str:
    """The price chart of a trial as JSON; "" where it cannot be drawn, or would be too long."""
    from sweep.backtest import price_chart

    if not records or len(records[0].positions) > CHARTED:
        return ""
    with suppress(Exception):  # the trial is good without it
        return price_chart(records[0], backtest)
    return ""


def _forget_changed(error: BaseException) -> None:
    """Let nothing that was decoded of other data reach the next trial."""
    if isinstance(error, TrialError) and error.reason is Reason.CHANGED:
        from sweep.backtest.data.windows import shared_cache

        shared_cache().clear()


def _unable(error: BaseException, *, attached: bool) -> str:
    """Sentence about an error outside of a trial; raises the user's own Ctrl-C."""
    if attached and isinstance(error, KeyboardInterrupt):
        raise error
    return f"the worker could not run the trial: {described(error)}"


def _failed(reason: Reason, message: str, trace: str) -> dict[str, Any]:
    return {"state": State.FAILED, "reason": reason, "message": _text(message), "trace": _text(trace)}


def _text(text: str) -> str:
    """Text that a database takes: user code may say half of a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode()


def identity() -> str:
    """This worker, as host:pid."""
    return f"{socket.gethostname()}:{os.getpid()}"
