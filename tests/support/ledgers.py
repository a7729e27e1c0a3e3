"""Ledgers of made-up trials, without an engine."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sweep.errors import Reason
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.trial import Result, State

type MadeUpTrial = tuple[Mapping[str, Any], Mapping[str, Any] | None]  # params, metrics; None: FAILED

BACKTEST = {
    "strategy": {"path": "strategies.cross:Cross", "config": {}},
    "data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}],
    "catalog": "data/demo", "period": {"start": "2026-05-04", "end": "2026-05-07"}, "venues": [{"name": "ARCA"}],
}  # fmt: skip
VERDICT = {"of": [], "verdict": "no evidence", "sentence": "", "criteria": [], "choice": {}, "figures": {}}
DAYS = ("2026-05-04", "2026-05-05", "2026-05-06")


def folder(runs: Path, name: str = "made-up", digits: int = 0) -> Folder:
    return Folder(runs / f"{name}-{digits:08x}")


def write(place: Folder, trials: Sequence[MadeUpTrial], **facts: Any) -> Folder:
    """A finished sweep; of one that exists, more trials."""
    plan = {
        "id": place.id, "name": place.name, "created": "2026-05-04T10:00:00+00:00",
        "engine": "nautilus_trader 2.0.0rc7",
        "backtest": BACKTEST,
        "data": "a59714f2", "objective": {"metric": "pnl_total", "direction": "maximize"},
    } | facts  # fmt: skip
    with Ledger.create(place.ledger, plan) as ledger:
        first = sum(ledger.count().values())
        numbers = [ledger.begin(f"{place.id}-{first + n}", params) for n, (params, _) in enumerate(trials)]
        ledger.record([(number, result(metrics)) for number, (_, metrics) in zip(numbers, trials, strict=True)])
        ledger.note(finished="2026-05-04T11:00:00+00:00", verdict=VERDICT)
    return place


def result(metrics: Mapping[str, Any] | None) -> Result:
    if metrics is None:
        return Result(State.FAILED, reason=Reason.STRATEGY, message="it raised", started=1.0, ended=2.0)
    return Result(State.COMPLETE, dict(metrics), days=DAYS, returns=(0.0,) * len(DAYS), started=1.0, ended=3.0)
