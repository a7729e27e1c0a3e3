"""Pareto front of a sweep with several objectives, as tags in MLflow."""

from pathlib import Path

from sweep.errors import Reason
from sweep.ledger.ledger import Ledger
from sweep.trial import Result, State
from tests.tracking.mlflow.test_mirror_process import drain
from tests.tracking.sweeps import BEGAN, FACTS, key, new_folder
from tests.tracking.views import View, assert_mirrored

TWO = FACTS | {
    "objectives": [
        {"metric": "pnl_total", "direction": "maximize"},
        {"metric": "max_drawdown", "direction": "minimize"},
    ],
    "metric_constraints": ["trades >= 10"],
}


def record(ledger: Ledger, n: int, pnl: float | None, drawdown: float, trades: int = 50) -> None:
    metrics: dict[str, float | int | None] = {"pnl_total": pnl, "max_drawdown": drawdown, "trades": trades}
    ended = Result(State.COMPLETE, metrics, started=BEGAN, ended=BEGAN + 1, worker="host:1")
    ledger.record([(ledger.begin(key(n), {"strategy.x": n}), ended)])


def tags(view: View) -> dict[str, str | None]:
    return {run.data.tags["sweep.trial"]: run.data.tags.get("sweep.pareto") for run in view.children.values()}


def test_the_tag_says_who_is_on_the_front_and_moves_with_it(tmp_path: Path, uri: str, view: View):
    """By hand: 1 is beaten by 0 in both, 3 breaks the bound, 4 has no value, 5 FAILED."""
    folder = new_folder(tmp_path / "runs" / FACTS["id"], facts=TWO)
    with Ledger.open(folder.ledger, write=True) as ledger:
        for n, (pnl, drawdown, trades) in enumerate(
            [(100.0, 0.2, 50), (90.0, 0.3, 50), (50.0, 0.1, 10), (999.0, 0.0, 9), (None, 0.0, 50)]
        ):
            record(ledger, n, pnl, drawdown, trades)
        ledger.record(
            [(ledger.begin(key(5), {}), Result(State.FAILED, reason=Reason.DATA, started=BEGAN, ended=BEGAN))]
        )
        ledger.note(finished="2026-05-10T11:00:00+00:00")
    assert drain(folder, uri)
    assert tags(view) == {"0": "true", "1": "false", "2": "true", "3": "false", "4": "false", "5": None}
    assert_mirrored(folder, view)
    with Ledger.open(folder.ledger, write=True) as ledger:  # the study is extended: 6 beats 0 and not 2
        record(ledger, 6, 110.0, 0.15)
    assert drain(folder, uri)
    front = {"0": "false", "1": "false", "2": "true", "3": "false", "4": "false", "5": None, "6": "true"}
    assert tags(view) == front
    assert_mirrored(folder, view)


def test_one_objective_has_no_front(tmp_path: Path, uri: str, view: View):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    with Ledger.open(folder.ledger, write=True) as ledger:
        record(ledger, 0, 1.0, 0.1)
        ledger.note(finished="2026-05-10T11:00:00+00:00")
    assert drain(folder, uri)
    assert tags(view) == {"0": None}
