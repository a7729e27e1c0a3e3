"""Fees to the cent, by hand."""

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader.model import LiquiditySide, Price, Quantity

import sweep
from sweep.backtest import run
from sweep.backtest.records import Hooks
from sweep.costs import PerContractMinimumFeeModel, PerShareFeeModel, SpreadFeeModel, VolumeTierFeeModel
from tests.support import sweeps
from tests.support.markets import equity, ns
from tests.support.trials import strategy, trial, venue

MAY, JUNE, DAY = ns("2026-05-04T14:00:00"), ns("2026-06-01T14:00:00"), 86_400 * 10**9
STOCK, D = equity(), Decimal


def fees(model: Any, *fills: tuple[str, float, float], time: int = MAY, maker: bool = False) -> list[str]:
    """The fees of fills (order, quantity, price), one after another."""
    side = LiquiditySide.MAKER if maker else LiquiditySide.TAKER
    return [
        str(
            model.get_commission(
                SimpleNamespace(client_order_id=order, ts_last=time, liquidity_side=side), Quantity(quantity, 0),
                Price(price, 2), STOCK,
            ).as_decimal()
        )
        for order, quantity, price in fills
    ]  # fmt: skip


def test_fixed_fees_of_a_stock_broker():
    """Interactive Brokers fixed: 0.005 a share, at least 1.00, at most 1 % of the value of the order."""
    model = PerShareFeeModel(rate=D("0.005"), minimum=D(1), maximum=D("0.01"))
    assert fees(model, ("A", 1000, 25.0)) == ["5.00"]  # 1000 x 0.005
    assert fees(model, ("B", 100, 25.0)) == ["1.00"]  # 0.50 is below the minimum
    assert fees(model, ("C", 1000, 0.25)) == ["2.50"]  # 1 % of 250.00
    assert fees(model, ("D", 10, 1.0)) == ["0.10"]  # 1 % of 10.00, below the minimum
    assert fees(model, ("E", 100, 25.0), ("E", 100, 25.0), ("E", 100, 25.0)) == ["1.00", "0.00", "0.50"]  # 1.50 in all


def test_tiers_of_a_stock_broker():
    """Interactive Brokers tiered: each share by the tier of the month that it falls into."""
    tiers = [[D(0), D("0.0035")], [D(300_000), D("0.002")], [D(3_000_000), D("0.0015")]]
    model = PerShareFeeModel(tiers=tiers, minimum=D("0.35"), maximum=D("0.01"))
    assert fees(model, ("A", 50, 25.0)) == ["0.35"]  # 0.175 is below the minimum
    assert fees(model, ("B", 299_900, 25.0)) == ["1049.65"]  # 299,900 x 0.0035
    assert fees(model, ("C", 1_000, 25.0)) == ["2.08"]  # 50 x 0.0035 + 950 x 0.002 = 2.075
    assert fees(model, ("D", 3_000_000, 25.0)) == ["5849.53"]  # 2,699,050 x 0.002 + 300,950 x 0.0015 = 5849.525
    assert fees(model, ("E", 1_000, 25.0), time=JUNE) == ["3.50"]  # a new month


def test_a_rate_below_a_cent_is_rounded_once_for_an_order():
    model = PerShareFeeModel(rate=D("0.0033"))
    assert fees(model, ("A", 50, 7.0), ("A", 30, 7.0), ("A", 20, 7.0)) == ["0.17", "0.09", "0.07"]  # 0.165, 0.264, 0.33
    assert fees(model, *[("B", 1, 7.0)] * 4) == ["0.00", "0.01", "0.00", "0.00"]  # 0.0033, 0.0066, 0.0099, 0.0132


def test_contracts_with_a_minimum():
    model = PerContractMinimumFeeModel(rate=D("0.65"), minimum=D(1))
    assert fees(model, ("A", 1, 2.0), ("A", 1, 2.0), ("B", 3, 2.0)) == ["1.00", "0.30", "1.95"]


def test_rates_by_the_volume_of_the_last_days():
    model = VolumeTierFeeModel(tiers=[[D(0), D("0.001"), D("0.002")], [D(10_000), D("-0.0001"), D("0.001")]], days=30)
    assert fees(model, ("A", 100, 99.0)) == ["19.80"]  # 9,900 x 0.002
    assert fees(model, ("B", 1, 100.0), maker=True) == ["0.10"]  # 9,900 are below the tier
    assert fees(model, ("C", 10, 100.0)) == ["1.00"]  # 10,000 are in it
    assert fees(model, ("D", 100, 100.0), maker=True) == ["-1.00"]  # a rebate
    assert fees(model, ("E", 10, 100.0), time=MAY + 30 * DAY) == ["2.00"]  # all of that is 30 days old
    before = VolumeTierFeeModel(tiers=model.tiers, initial_volume=D(10_000))
    assert fees(before, ("A", 10, 100.0)) == ["1.00"]
    assert fees(before, ("B", 10, 100.0), time=MAY + 30 * DAY) == ["2.00"]


def test_half_of_the_spread():
    assert fees(SpreadFeeModel(spread_bps=D(2)), ("A", 100, 70.0)) == ["0.70"]  # 1 bp of 7,000
    both = PerShareFeeModel(rate=D("0.005"), minimum=D(1), spread_bps=D(2))
    assert fees(both, ("A", 100, 70.0), ("A", 200, 70.0)) == ["1.70", "1.90"]  # 1.00 + 0.70; 1.50 + 2.10


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.decimals(0, 1, places=5), st.decimals(0, 3, places=2))
def test_the_fills_of_an_order_add_up_to_its_rounded_fee(sizes: list[int], rate: D, minimum: D):
    parts = fees(PerShareFeeModel(rate=rate, minimum=minimum), *[("A", size, 5.0) for size in sizes])
    (whole,) = fees(PerShareFeeModel(rate=rate, minimum=minimum), ("A", sum(sizes), 5.0))
    assert sum(map(D, parts)) == D(whole)


def test_in_the_engine(tmp_path: Path):
    """An order of three fills and one of three: the account pays what the model says."""
    fee = {"type": "sweep.costs:PerShareFeeModel", "rate": 0.0055, "minimum": "0.30", "maximum": 0.01}
    shallow = {"type": "ThreeTierFillModel", "random_seed": 1}
    plan = strategy(orders=[[1, 100], [9, -90]])
    records = list[Any]()
    backtest = trial(sweeps.catalog(tmp_path, minutes=1), plan, venues=[venue(fee_model=fee, fill_model=shallow)])
    result = run(backtest, look=Hooks(keep=records.append))
    assert [f.quantity for f in records[0].fills] == [50, 30, 20, 50, 30, 10]
    # 0.275 -> 0.30 (the minimum), 0.44, 0.55; 0.30, 0.44, 0.495 -> 0.50
    assert [f.commission for f in records[0].fills] == [0.3, 0.14, 0.11, 0.3, 0.14, 0.06]
    assert result.metrics["fees"] == pytest.approx(1.05)


@pytest.mark.parametrize(
    ("fee", "rule"),
    [
        ({"type": "PerShareFeeModel"}, "needs either rate or tiers"),
        ({"type": "PerShareFeeModel", "rate": 0.01, "minimum": -1}, "minimum must not be negative"),
        ({"type": "PerShareFeeModel", "tiers": [[0, 1], [0, 2]]}, "tiers must begin at 0 and ascend"),
        ({"type": "VolumeTierFeeModel", "tiers": [[0, 1]]}, "tiers must have 3 numbers each"),
        ({"type": "SpreadFeeModel"}, "needs a value for 'spread_bps'"),
        ({"type": "PerShareFeeModel", "rate": 0.01, "maxmum": 1}, "did you mean 'maximum'"),
    ],
)
def test_mistakes_in_a_spec(tmp_path: Path, fee: dict[str, Any], rule: str):
    spec = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=1), {"strategy.buys": [1]})
    spec["venues"][0]["fee_model"] = fee
    with pytest.raises(sweep.InputError, match=rule):
        sweep.load(spec)


def test_the_short_name_is_the_import_path_whose_source_is_in_the_key(tmp_path: Path):
    spec = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=1), {"strategy.buys": [1]})
    spec["venues"][0]["fee_model"] = {"type": "PerShareFeeModel", "rate": 0.005}
    short = sweep.load(spec)
    spec["venues"][0]["fee_model"]["type"] = "sweep.costs:PerShareFeeModel"
    assert sweep.load(spec).id == short.id
    assert "sweep.costs" in short.sources
