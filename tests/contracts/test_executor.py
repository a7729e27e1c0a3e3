"""Every executor runs the same trials to the same ledger; `inline` is the specification."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import sweep
from sweep.results.tables import CIRCUMSTANCE
from tests.support import strategies, sweeps

SOURCE = "contract_strategy.py"
HEAD = """
from dataclasses import dataclass, field
from typing import Any
from nautilus_trader.model import InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Strategy
SPY = InstrumentId.from_str("SPY.ARCA")
"""
ROUNDS = [[[5, 100], [60 + n, -100]] for n in range(0, 60, 10)]  # buy at the sixth quote, sell later


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("contract")
    classes = strategies.ScriptedConfig, strategies.Scripted
    (place / SOURCE).write_text("\n".join([HEAD, *map(inspect.getsource, classes)]))
    strategy = {
        "path": "contract_strategy:Scripted", "config_path": "contract_strategy:ScriptedConfig", "config": {}
    }  # fmt: skip
    space = {"strategy.orders": ROUNDS, "venues.ARCA.fee_model.commission": ["0.01 USD", "0.50 USD"]}
    content = sweeps.spec(sweeps.catalog(place / "catalog", minutes=5), space, strategy=strategy)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(place)
        yield sweeps.write(place / "spec.yaml", content)


@contextmanager
def edited(spec: Path) -> Iterator[Any]:
    """Gives what edits the strategy, when it is first called, so that it trades twice as much."""
    source = spec.with_name(SOURCE)
    before = source.read_text()
    after = before.replace("abs(amount)", "abs(amount) * 2")
    assert after != before
    try:
        yield lambda _: source.write_text(after)
        assert source.read_text() == after
    finally:
        source.write_text(before)


@pytest.fixture(scope="module")
def inline(spec: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(spec, tmp_path_factory.mktemp("inline"), executor="inline")


def run(spec: Path, runs: Path, **options: Any) -> Path:
    report = sweep.run(spec, runs_dir=runs, tracking=False, **options)
    return report.folder.path


def figures(folder: Path) -> dict[str, list[Any]]:
    """`trials.parquet` without times, hosts and attempts."""
    table = pq.read_table(folder / "trials.parquet")
    return {name: table[name].to_pylist() for name in table.column_names if name not in CIRCUMSTANCE}


def test_the_specification_by_hand(inline: Path):
    """Bought at the sixth quote's ask, sold at the bid: 100 shares, both commissions, two sessions traded alike."""
    table = figures(inline)
    assert table["number"] == list(range(12))
    assert table["state"] == ["COMPLETE"] * 12
    # Session 1: quote 5 has bid 700 + |5 - 120|/100 = 701.15, ask 701.16. Quote 60 has bid 700.60.
    # The script counts quotes over the whole replay, so it trades once: (700.60 - 701.16) * 100 - 2 * 100 * 0.01
    assert table["metrics.pnl_total"][0] == pytest.approx(-58.00)
    assert table["metrics.pnl_total"][1] == pytest.approx(-156.00)  # commission of 0.50 a share
    assert len(set(table["metrics.pnl_total"])) == 12


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_ray_leaves_the_same_ledger_though_the_strategy_is_edited_meanwhile(
    spec: Path, inline: Path, tmp_path: Path, workers: int
):
    """The keys are those of the source as it was planned, and so are the figures."""
    with edited(spec) as edit:
        folder = run(spec, tmp_path, executor="ray", workers=workers, watch=edit)
    assert folder.name == inline.name
    assert figures(folder) == figures(inline)
    returns = (pq.read_table(place / "returns.parquet").to_pydict() for place in (folder, inline))
    assert next(returns) == next(returns)


def test_a_second_run_changes_nothing_and_runs_nothing(spec: Path, inline: Path):
    before = pq.read_table(inline / "trials.parquet").to_pydict()
    assert run(spec, inline.parent, executor="inline") == inline
    assert pq.read_table(inline / "trials.parquet").to_pydict() == before
