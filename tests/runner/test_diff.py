"""Sources of decisions: specs, folders, trials of sweeps, logs; both sides must have used the same data."""

from decimal import Decimal
from pathlib import Path

import pytest

import sweep
from sweep.errors import InputError
from sweep.results import artifacts
from sweep.results.diff.decisions import compare
from sweep.runner import diff
from tests.support import sweeps
from tests.support.portfolio_specs import component
from tests.support.portfolio_specs import spec as portfolio

TRADES = [[1, 100], [9, -100], [20, -100], [30, 100], [40, 100], [50, -100]]


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sides")
    sweeps.catalog(path / "catalog", minutes=2)
    return path


def spec(place: Path, name: str, orders: object, **more: object) -> Path:
    content = sweeps.spec(str(place / "catalog"), {}, strategy=sweeps.TRADED | {"config": {"orders": orders}}, **more)
    return sweeps.write(place / f"{name}.yaml", content)


def load(place: Path, text: object) -> diff.Side:
    return diff.source(str(text), [], place / "runs").load()


def test_a_spec_its_folder_and_the_trial_of_a_sweep_decide_alike(place: Path):
    path = spec(place, "one", TRADES)
    of_spec = load(place, path)
    folder = sweep.run_backtest(path, out=place / "runs" / "done", tracking=False).path
    report = sweep.run(
        spec(place, "grid", [], search={"space": {"strategy.orders": [TRADES]}}),
        runs_dir=place / "runs", executor="inline", tracking=False,
    )  # fmt: skip
    others = [load(place, folder), load(place, f"{report.id}:0")]
    assert len(of_spec.decisions) == 3
    assert [d.side for d in of_spec.decisions] == ["LONG", "SHORT", "LONG"]
    for other in others:
        comparison = compare(of_spec, other)
        assert comparison.parity == 100
        assert comparison.pnl
        assert comparison.pnl.total == comparison.pnl.beside == 0
    assert sum(d.pnl for d in of_spec.decisions) == of_spec.pnl_total


def test_three_known_differences_are_just_these(place: Path):
    # B leaves the first trade later, turns the second around, and does not make the third
    other = [[1, 100], [15, -100], [20, 100], [30, -100]]
    comparison = compare(load(place, spec(place, "a", TRADES)), load(place, spec(place, "b", other)))
    assert [pair.kinds for pair in comparison.pairs] == [("exit",), ("side", "price", "exit"), ("only A",)]
    assert comparison.parity == 0
    assert comparison.pnl
    assert sum(comparison.pnl.by_kind.values()) == comparison.pnl.total
    assert comparison.pnl.beside == 0
    # by hand: the bid falls a cent a second from 701.20, the ask is a cent above, each fill of 100 costs 1.00
    first, second, third = (pair.pnl for pair in comparison.pairs)
    assert first == Decimal("-6.00")  # A bought at 701.20 and sold at 701.11; B at 701.05
    assert second == Decimal("-20.00")  # A short from 701.00 to 700.91, +7.00; B long from 701.01 to 700.90, -13.00
    assert third == Decimal("13.00")  # A long from 700.81 to 700.70, -13.00


def test_other_periods_and_other_data_are_refused(place: Path, tmp_path: Path):
    one, other = spec(place, "p", TRADES), spec(place, "q", TRADES, period={"start": "2026-05-04", "end": "2026-05-05"})
    a, b = (diff.source(str(path), [], place) for path in (one, other))
    with pytest.raises(InputError, match="must have the same period"):
        diff.require_same_data(a, b)
    sweeps.catalog(tmp_path / "catalog", minutes=3)
    c = diff.source(str(spec(tmp_path, "r", TRADES)), [], place)
    with pytest.raises(InputError, match="must see the same data"):
        diff.require_same_data(a, c)
    diff.require_same_data(a, a)


def test_a_log_is_cut_to_the_period(tmp_path: Path):
    rows = [f"2026-05-{day}T14:00:00Z,SPY.ARCA,BUY,1.5" for day in ("03", "04", "06")]
    (tmp_path / "log.csv").write_text("\n".join(["time,instrument,side,pnl", *rows, ""]))
    side = load(tmp_path, tmp_path / "log.csv")
    period = {"start": "2026-05-04T00:00:00Z", "end": "2026-05-06T00:00:00Z"}
    cut, outside = diff.inside(side, {"period": period, "data": [{"type": "QuoteTick"}]})
    assert (len(cut.decisions), outside, cut.pnl_total) == (1, 2, Decimal("1.5"))


def test_what_stands_for_nothing_is_said(place: Path):
    with pytest.raises(InputError, match="neither a file"):
        diff.source("nothing.yaml", [], place)
    with pytest.raises(InputError, match="no such sweep"):
        diff.source("nothing:3", [], place)


def test_strategies_of_portfolios_are_compared_each_with_itself(place: Path):
    # both trade at the same quotes; as large as the other of B are only the orders of the other strategy of A
    def of(name: str, **sizes: int) -> Path:
        strategies = [component(s, "Turning", every=20, trade_size=size) for s, size in sizes.items()]
        return sweeps.write(place / f"{name}.yaml", portfolio(str(place / "catalog"), {}, strategies))

    one = of("sizes", slow=6, fast=4)
    other = load(place, of("turned", fast=6, slow=4))
    pairs = compare(load(place, one), other).pairs
    assert {(p.kinds, p.a and p.a.strategy, p.b and p.b.strategy) for p in pairs} == {
        (("size",), "slow", "slow"), (("size",), "fast", "fast"),
    }  # fmt: skip
    folder = sweep.run_backtest(one, out=place / "runs" / "sizes", tracking=False).path
    for table in ("orders", "fills", "positions"):
        sizes = {(r.strategy, r.quantity) for r in artifacts.read(folder, table)}
        assert sizes == {("slow", 6), ("fast", 4)}, table
