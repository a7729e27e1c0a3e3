"""Random trials of each spec that ships as plain scripts, run without this package: the fills of the trial."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sweep.backtest.records import Hooks
from sweep.backtest.script import script
from sweep.catalog.demo import writer
from sweep.executors.worker.isolation import examined
from sweep.executors.worker.run_trial import execute
from sweep.runner.plan import plan
from sweep.spec.model import resolve
from sweep.trial import State
from tests.independent.test_same_figures import gbpusd, scored_decisions
from tests.support.effort import FULL, repeats
from tests.support.markets import MINUTE, SECOND, ns

ROOT = Path(__file__).parents[2]
RUNNER = Path(__file__).with_name("exported.py")
TRIALS = repeats(20, quick=1)
SPECS = {  # spec: its data, and a part of its period where nobody waits for the whole
    "demo_grid": ("stock", ("period.end=2026-05-05",)),
    "demo_pareto": ("stock", ("period.end=2026-05-05",)),
    "demo_tpe": ("stock", ("period.end=2026-05-05",)),
    "condor_grid": ("options", ("period.end=2026-05-05",)),
    "options_grid": ("options", ("period.end=2026-05-05",)),
    "hedge_grid_tpe": ("perpetual", ("period.end=2026-05-05",)),
    "ema_bracket_fx": ("currency", ("period.end=2012-02-03",)),
    "demo_validation": ("twenty days", ("period.end=2026-05-05",)),
    "decisions_grid": ("decisions", ()),
    "ema_bracket_fx_tpe": ("currency", ("period.end=2012-02-03",)),
    "portfolio_grid": ("portfolio", ("period.end=2026-05-05",)),
    "portfolio_tpe": ("portfolio", ("period.end=2026-05-05",)),
}
QUICK = ("demo_grid",)


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("catalogs")

    @cache
    def catalog(kind: str) -> Path:
        OTHERS.get(kind, partial(writer.write, kind=kind))(folder / kind)
        return folder / kind

    return catalog


def currency(folder: Path) -> None:
    random, mid, rows = Random(1), 1.58, list[tuple[int, float, float]]()
    for minute in range(repeats(29, quick=2) * 1440):
        mid += random.gauss(0, 0.00015)
        rows.append((ns("2012-02-01") + minute * MINUTE + 30 * SECOND, mid, mid + 0.0001))
    gbpusd(folder, rows)


OTHERS: dict[str, Callable[[Path], object]] = {
    "currency": currency, "decisions": scored_decisions, "twenty days": partial(writer.write, days=20),
}  # fmt: skip


def compare(name: str, catalog: Path, settings: Sequence[str], folder: Path) -> int:
    """Run random trials in both ways; the number of fills, which are the same."""
    planned, random = plan(ROOT / f"search_spaces/{name}.yaml", [f"catalog={catalog}", *settings]), Random(name)
    trials = list[list[Any]]()
    for n in range(TRIALS):
        params = planned.spec.space.draw(random)
        assert params
        records = list[Any]()
        result = execute(planned.base, params, look=Hooks(keep=records.append), code=planned.code, attached=True)
        assert result.state is State.COMPLETE, result.message
        trials.append(ours(records[0]))
        backtest = {**resolve(planned.base, params), "catalog": planned.catalog}
        with examined(planned.code):
            text = script.plain_script(backtest, planned.code, script.Origin(f"Trial {n} of {name}", ()))
        assert "sweep" not in text
        (folder / f"{n}.py").write_text(text, encoding="utf-8")
    run_plain(folder, TRIALS)
    for n, fills in enumerate(trials):
        assert fills == plain(folder / f"{n}.csv"), f"trial {n}"
    return sum(map(len, trials))


def run_plain(folder: Path, count: int) -> None:
    pairs = [str(folder / f"{n}.{kind}") for n in range(count) for kind in ("py", "csv")]
    command = [sys.executable, "-I", str(RUNNER), *pairs]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={**os.environ})
    assert process.returncode == 0, process.stderr


def ours(record: Any) -> list[Any]:
    fills = record.fills
    return sorted(
        (f.ts_event, f.instrument_id, f.side, f.quantity, f.price, f.commission, order_of(f.client_order_id))
        for f in fills
    )


def plain(file: Path) -> list[Any]:
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return sorted(
        (
            int(r["ts_event"]), r["instrument_id"], r["side"], float(r["quantity"]), float(r["price"]),
            float(r["commission"].split()[0] or 0), order_of(r["client_order_id"]),
        )
        for r in rows
    )  # fmt: skip


def order_of(name: str) -> str:
    """The id of an order; the engine gives those that it makes at an expiration a random one."""
    return "expiration" if name.startswith("EXPIRATION") else name


def test_no_spec_is_forgotten():
    assert set(SPECS) == {file.stem for file in (ROOT / "search_spaces").glob("*.yaml")}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in SPECS]
)
def test_trials_of_a_spec_that_ships(name: str, catalogs: Callable[[str], Path], tmp_path: Path):
    kind, part = SPECS[name]
    assert compare(name, catalogs(kind), () if FULL else part, tmp_path) > 0
