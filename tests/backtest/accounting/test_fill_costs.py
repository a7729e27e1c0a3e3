"""Spread and slippage of fills, by hand; the quotes before fills, however the market is cut into windows."""

from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.accounting import fill_costs as module
from sweep.backtest.accounting.fill_costs import FillQuotes, fill_costs
from sweep.backtest.data.batches import Batch, FeedPart
from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.windows import Bounds, WindowCache
from sweep.backtest.engine.backtest_run import run
from sweep.backtest.metrics import builtin
from sweep.backtest.metrics.builtin import TradeSummary
from tests.support import markets
from tests.support.markets import SECOND, ns
from tests.support.trials import strategy, trial, venue

STOCK, OTHER = markets.equity(), markets.equity("QQQ.ARCA")
INSTRUMENTS = {"SPY.ARCA": STOCK, "QQQ.ARCA": OTHER}
NAMES = ("QQQ.ARCA", "SPY.ARCA")
T0 = ns("2026-05-04T13:30:00")


class Number(float):
    """A quantity or a price of the engine."""

    def as_double(self) -> float:
        return float(self)


def fill(at: int, side: str, size: float, price: float, *, name: str = "SPY.ARCA", liquidity: str = "TAKER") -> Any:
    return SimpleNamespace(
        instrument_id=name, ts_event=at, client_order_id="O-1", order_side=SimpleNamespace(name=side),
        liquidity_side=SimpleNamespace(name=liquidity), last_qty=Number(size), last_px=Number(price),
    )  # fmt: skip


def part(*quotes: Any, names: tuple[str, ...] = NAMES) -> FeedPart:
    return FeedPart(Bounds(0, 1), (Batch(DataEntry("QuoteTick", names), quotes),), ())


def quoted(at: int, bid: float, ask: float, instrument: Any = STOCK) -> Any:
    return markets.quotes(instrument, [(at, bid, ask)])[0]


def followed(*parts: FeedPart) -> FillQuotes:
    quotes = FillQuotes()
    for each in parts:
        quotes.follow(each)
    return quotes


def test_by_hand():
    quotes = followed(part(quoted(10, 100.00, 100.04), quoted(20, 101.00, 101.10)))
    fills = [
        fill(10, "BUY", 5, 100.06),  # spread 5 x 0.02, slippage 5 x 0.02
        fill(19, "SELL", 2, 100.01),  # spread 2 x 0.02, a cent better than the bid: slippage 2 x -0.01
        fill(25, "BUY", 7, 101.00, liquidity="MAKER"),
        fill(30, "SELL", 1, 100.90),  # spread 0.05, slippage 0.10
    ]
    assert fill_costs(fills, quotes, INSTRUMENTS)["USD"] == pytest.approx((0.1 + 0.04 + 0.05, 0.1 - 0.02 + 0.1))
    assert fill_costs([], quotes, INSTRUMENTS) == {}


def test_they_are_unknown_where_an_instrument_has_no_quote_until_then():
    quotes = followed(part(quoted(10, 100.00, 100.04)))
    assert fill_costs([fill(9, "BUY", 5, 100.06)], quotes, INSTRUMENTS) is None
    assert fill_costs([fill(11, "BUY", 5, 50, name="QQQ.ARCA", liquidity="MAKER")], quotes, INSTRUMENTS) is None
    expired = fill(11, "BUY", 5, 50, name="QQQ.ARCA")
    expired.client_order_id = f"{module.EXPIRATION}-1"
    assert fill_costs([expired], quotes, INSTRUMENTS) == {}


def test_quotes_of_an_option_chain_count_as_well():
    quotes = followed(part(quoted(10, 100.00, 100.04), names=("SPY.ARCA",)))
    quotes.add([quoted(12, 50.00, 50.10, OTHER), quoted(14, 50.00, 50.20, OTHER)])
    assert quotes.before(fill(13, "BUY", 1, 50, name="QQQ.ARCA")) == (50.00, 50.10)
    quotes.settle([])
    assert quotes.before(fill(15, "BUY", 1, 50, name="QQQ.ARCA")) == (50.00, 50.20)
    assert quotes.before(fill(15, "BUY", 1, 100)) == (100.00, 100.04)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=30),
    st.lists(st.integers(0, 30), max_size=3),
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=10),
    st.booleans(),
)
def test_the_last_quote_at_or_before_a_fill_in_whatever_windows(
    rows: list[tuple[int, bool]], cuts: list[int], times: list[tuple[int, bool]], settles: bool
):
    quotes = [
        quoted(at, 100 + n / 100, 101 + n / 100, OTHER if is_other else STOCK)
        for n, (at, is_other) in enumerate(sorted(rows))
    ]
    fills = sorted((fill(at, "BUY", 1, 100, name=NAMES[not other]) for at, other in times), key=lambda f: f.ts_event)
    edges = [0, *sorted(cuts), 31]
    followed_quotes = FillQuotes()
    for start, end in pairwise(edges):
        inside = [q for q in quotes if start <= q.ts_init < end]
        if inside:
            followed_quotes.follow(part(*inside))
        if settles:
            followed_quotes.settle([f for f in fills if f.ts_event < end])
    for each in fills:
        own = [q for q in quotes if str(q.instrument_id) == each.instrument_id and q.ts_init <= each.ts_event]
        expected = (own[-1].bid_price.as_double(), own[-1].ask_price.as_double()) if own else None
        assert followed_quotes.before(each) == expected


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A minute of quotes, one a second, that rise a cent each: two cents wide."""
    rows = [(T0 + n * SECOND, 700 + n / 100, 700.02 + n / 100) for n in range(60)]
    return markets.write(tmp_path_factory.mktemp("catalog"), [STOCK], quotes=markets.quotes(STOCK, rows))


def ran(catalog: str, rows: int = 10**9, **more: Any) -> dict[str, Any]:
    fees = {"type": "PerContractFeeModel", "commission": "0.01 USD"}
    orders = strategy(orders=[[1, 10], [30, -10]])
    return run(trial(catalog, orders, venues=[venue(fee_model=fees, **more)]), rows=rows, cache=WindowCache(0)).metrics


def test_a_trial(catalog: str, monkeypatch: pytest.MonkeyPatch):
    figures = ran(catalog)
    assert (figures["spread_paid"], figures["slippage_paid"]) == (pytest.approx(10 * 0.01 * 2), pytest.approx(0))
    whole = figures["pnl_total"] + figures["fees"] + 0.2  # the quotes rose by 29 cents
    assert whole == pytest.approx(10 * 0.29)
    assert figures["spread_share"] == pytest.approx(0.2 / 2.9)
    assert figures["costs_share"] == pytest.approx((0.2 + 0.2) / 2.9)
    slipped = ran(catalog, fill_model={"type": "DefaultFillModel", "prob_slippage": 1.0, "random_seed": 1})
    assert slipped["slippage_paid"] == pytest.approx(10 * 0.01 * 2)  # a tick each
    assert slipped["spread_paid"] == pytest.approx(0.2)
    assert slipped["slippage_share"] == pytest.approx(0.2 / 2.9)
    monkeypatch.setattr(module, "MANY", 1)  # so that the quotes go after each window
    assert ran(catalog, rows=7) == figures


def summary(**more: Any) -> TradeSummary:
    counts = dict.fromkeys(
        ("orders", "fills", "denied", "rejected", "orders_open", "orders_partial", "positions_open", "liquidations"), 0
    )
    amounts = {"unrealized": Decimal(0), "revaluation": Decimal(0), "fees": Decimal(3)}
    return TradeSummary(start=Decimal(100), closed=(), days_per_year=252, **counts, **amounts, **more)


def test_shares_are_undefined_without_quotes_and_without_a_gain_at_mid_prices():
    names = ("spread_paid", "slippage_paid", "spread_share", "slippage_share", "costs_share")

    def figures(**more: Any) -> list[float | None]:
        values = builtin.metrics(summary(**more))
        return [values[name] for name in names]

    assert figures(equity=(Decimal(110),)) == [None] * 5
    assert figures(equity=(Decimal(90),), paid=(4.0, 1.0)) == [4.0, 1.0, None, None, None]  # -10 + 3 + 5 < 0
    assert figures(equity=(Decimal(102),), paid=(4.0, 1.0)) == [4.0, 1.0, 0.4, 0.1, 0.8]  # of 2 + 3 + 5
