"""Every model and flag of a venue, from YAML: what it changes in a small replay, and that it is what its words say.

tests/golden/realism.yaml says what is compared, realism.json what came out. After a deliberate change it is written
again with: python -m tests.backtest.test_realism
"""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
import yaml
from nautilus_trader.model import (
    AggressorSide,
    AssetClass,
    BinaryOption,
    Cfd,
    Currency,
    InstrumentId,
    OptionContract,
    OptionKind,
    Price,
    Quantity,
    TradeId,
    TradeTick,
)

from sweep.backtest import run
from sweep.backtest.setup import models, venues
from sweep.errors import TrialError
from tests.support import books, markets
from tests.support.markets import HOUR, MINUTE, SECOND, ns, symbol
from tests.support.order_strategy import Trader
from tests.support.trials import FREE, trial, venue

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = {row[0]: row[1:] for row in yaml.safe_load((GOLDEN / "realism.yaml").read_text())}
T0 = ns("2026-05-04T14:00:00")
BARS = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
ORDERS = {  # n-th event, order
    "one": [[1, "market", 5], [3, "market", -5]],
    "many": [[n, "market", 1] for n in range(10)],
    "walk": [[1, "market", 9], [2, "market", -9], [3, "limit", 6, 100.00], [5, "market", 600]],
    "twice": [[1, "market", 8], [1, "market", 8]],
    "bid": [[1, "limit", 5, 100.00]],
    "resting": [[1, "limit", 5, 99.72]],
    "cancelled": [[1, "limit", 5, 99.72], [2, "cancel", 0]],
    "moved": [[1, "limit", 5, 99.72], [2, "modify", 0, 90.0]],
    "large": [[1, "market", 3000]],
    "short": [[1, "market", -5]],
    "long": [[0, "market", 4000], [1, "limit", -10, 200.0]],
    "deep": [[1, "market", 15]],
    "bracket": [[1, "bracket", 5, 98.2, 102.0]],
    "entry": [[1, "bracket", 5, 90.0, 101.0, 99.72]],
    "partial": [[1, "bracket", 20, 99.0, 100.6, 100.12]],
    "stop": [[1, "stop", 5, 99.00]],
    "good till": [[1, "limit", 5, 90.00, 3]],
    "reduce": [[1, "market", 5], [3, "market", -8, True]],
    "long pair": [[1, "market", 10_000]],
    "long cfd": [[1, "market", 8]],
}


def rows(price, *, count=12, step=SECOND, spread=0.02):
    """Quotes: the bid is `price` of the number."""
    return [(T0 + i * step, price(i), price(i) + spread) for i in range(count)]


def stock(margin="0.5"):
    return markets.equity(margin=margin)


def quoted(instrument, quotes, size=8, **more):
    """A catalog of one instrument, and the data that a trial on it reads."""
    place = markets.write(Path(mkdtemp()), [instrument], quotes=markets.quotes(instrument, quotes, size=size), **more)
    return place, str(instrument.id), [{"type": "QuoteTick", "instruments": [str(instrument.id)]}], "quotes"


def traded():
    """Sellers hit the bid, three shares at a time; eight stand there."""
    spy = stock()
    times = [T0 + i * SECOND + 5 for i in range(2, 12)]
    hits = [
        TradeTick(spy.id, Price(100.0, 2), Quantity(3, 0), AggressorSide.SELL, TradeId(str(t)), t, t) for t in times
    ]
    place, name, data, listen = quoted(spy, rows(lambda _: 100.0), trades=hits)
    return place, name, [*data, {"type": "TradeTick", "instruments": [name]}], listen


def book():
    spy = stock()
    place, name, data, listen = quoted(spy, rows(lambda _: 100.0))
    bids, asks = [(100.0, 5), (99.9, 5), (99.5, 50)], [(100.02, 5), (100.05, 5), (100.5, 50)]
    books.write_books(place, deltas=[d for i in range(12) for d in books.snapshot(spy, T0 + i * SECOND, bids, asks)])
    return place, name, [{"type": "OrderBookDelta", "instruments": [name]}, *data], listen


def bars():
    """The fifth bar opens near its low and reaches a stop and a target of a bracket."""
    quiet = [(T0 + i * MINUTE, 100, 100.5, 99.5, 100) for i in range(4)]
    wild = [(T0 + 4 * MINUTE, 98.5, 103, 98, 100), (T0 + 5 * MINUTE, 100, 100.1, 99.9, 100)]
    place = markets.write(Path(mkdtemp()), [stock()], bars=markets.bars(BARS, quiet + wild))
    return place, "SPY.ARCA", [{"type": "Bar", "bar_types": [BARS]}], f"bars {BARS}"


def option():
    call = OptionContract(
        InstrumentId.from_str("CALL.ARCA"), symbol("CALL.ARCA"), AssetClass.EQUITY, "SPY", OptionKind.CALL,
        Price.from_str("100.00"), Currency.from_str("USD"), 0, ns("2026-06-01"), 2, Price.from_str("0.01"),
        Quantity.from_int(100), Quantity.from_int(1), 0, 0,
    )  # fmt: skip
    place, name, data, listen = quoted(call, rows(lambda _: 2.0), size=50)
    spy = stock()
    markets.write(Path(place), [spy], quotes=markets.quotes(spy, rows(lambda _: 100.0)))
    return place, name, [*data, {"type": "QuoteTick", "instruments": [str(spy.id)]}], listen


def binary():
    yes = BinaryOption(
        InstrumentId.from_str("YES.ARCA"), symbol("YES.ARCA"), AssetClass.ALTERNATIVE, Currency.from_str("USD"),
        0, ns("2026-06-01"), 2, 0, Price.from_str("0.01"), Quantity.from_int(1), 0, 0,
        margin_init=Decimal(1), margin_maint=Decimal(1),
    )  # fmt: skip
    return quoted(yes, rows(lambda _: 0.4), size=50)


def euro(step, count=12, margin="0.03"):
    pair = markets.pair("EUR/USD.ARCA", margin=margin)
    quotes = [(T0 + i * step, 1.10 + i / 1e4, 1.1002 + i / 1e4) for i in range(count)]
    return quoted(pair, quotes, size=1_000_000)


def cfd():
    """A contract for difference on an index, over three nights."""
    index = Cfd(
        InstrumentId.from_str("US500.ARCA"), symbol("US500.ARCA"), AssetClass.INDEX, Currency.from_str("USD"), 2, 0,
        Price.from_str("0.01"), Quantity.from_int(1), 0, 0, margin_init=Decimal("0.05"), margin_maint=Decimal("0.05"),
    )  # fmt: skip
    return quoted(index, rows(lambda i: 100 + i / 100, step=6 * HOUR))


MARKETS = {
    "cfd": cfd,
    "flat": lambda: quoted(stock(), rows(lambda _: 100.0)),
    "up": lambda: quoted(stock(), rows(lambda i: 100 + i / 10)),
    "down": lambda: quoted(stock(), rows(lambda i: 100 - i / 10)),
    "crash": lambda: quoted(stock("0.2"), rows(lambda i: 100.0 - 5 * i), size=5000),
    "pair": lambda: euro(SECOND, margin=None),
    "nights": lambda: euro(6 * HOUR),
    "traded": traded,
    "book": book,
    "bars": bars,
    "option": option,
    "binary": binary,
}
market_of = cache(lambda name: MARKETS[name]())


def replay(market, orders, keys):
    """Fills, order events and figures on a market at a venue with these keys, as plain data."""
    place, name, data, listen = market_of(market)
    plan = {
        "path": "tests.support.order_strategy:Trader",
        "config_path": "tests.support.order_strategy:TraderConfig",
        "config": {"actions": ORDERS[orders], "instrument_id": name, "listen": listen},
    }
    at = {"ARCA": venue(**{"fee_model": FREE} | keys)}
    try:
        outcome = run(trial(place, plan, data=data, venues=list(at.values())))
    except TrialError as error:
        return {"failed": error.message}
    figures = {k: v for k, v in outcome.metrics.items() if k not in {"sharpe_ratio", "sortino_ratio"}}
    observed = {
        "fills": Trader.fills,
        "said": Trader.order_events,
        "figures": figures,
        "warnings": list(outcome.warnings),
    }
    ids = {} if keys.get("use_random_ids") else {"ids": Trader.ids}
    return json.loads(json.dumps(observed | ids))


def results(name):
    market, orders, before, after, _ = CASES[name]
    return replay(market, orders, before), replay(market, orders, after)


def filled(observed):
    return sum(float(fill[2]) for fill in observed["fills"])


def count(word):
    return lambda observed: sum(kind == word for _, kind in observed["said"])


def figure(name):
    return lambda observed: observed["figures"][name]


READ = {
    "pnl": figure("pnl_total"),
    "fees": figure("fees"),
    "denied": figure("orders_denied"),
    "rejected": figure("orders_rejected"),
    "open": figure("orders_open"),
    "positions": figure("positions_open"),
    "revalued": figure("pnl_revaluation"),
    "filled": filled,
    "accepted": count("Accepted"),
    "cancelled": count("Canceled"),
    "fills": lambda observed: [fill[:5] for fill in observed["fills"]],
    "ids": lambda observed: observed.get("ids"),
}
COMPARED = {
    "rises": lambda a, b: b > a,
    "rise": lambda a, b: b > a,
    "falls": lambda a, b: b < a,
    "fall": lambda a, b: b < a,
    "differ": lambda a, b: a != b,
    "differs": lambda a, b: a != b,
    "later": lambda a, b: b[0][0] > a[0][0],
    "more": lambda a, b: len(b) > len(a),
}


@pytest.mark.parametrize("name", CASES)
def test_it_does_what_its_documentation_says(name):
    promise = CASES[name][4]
    before, after = results(name)
    golden = json.loads((GOLDEN / "realism.json").read_text())[name]
    assert {"before": before, "after": after} == golden
    if promise == "nothing changes":
        assert before == after
    elif promise == "fails no more":
        assert "blown" in before["failed"]
        assert "failed" not in after
    else:
        subject, _, how = promise.partition(" ")
        assert COMPARED[how](READ[subject](before), READ[subject](after))


def arguments(kind, after):
    """The models of a kind that a case builds, and their arguments."""
    specs = after.get(kind) or []
    for spec in specs if isinstance(specs, list) else [specs]:
        yield spec["type"], set(spec) - {"type"}


def test_a_liquidation_is_counted_and_warned_of():
    _, sold = results("liquidation_enabled")
    assert sold["figures"]["liquidations"] == 1
    assert sold["warnings"] == [
        "1 position LIQUIDATED by the venue: 4000 of 4000 SPY.ARCA",
        "never called: on_bar (nothing came: does on_start call subscribe_bars?)",
        "never called: on_trade (nothing came: does on_start call subscribe_trades?)",
    ]


def test_a_partial_fill_left_open_is_counted():
    assert results("ThreeTierFillModel")[1]["figures"]["orders_partial"] == 1
    assert results("ThreeTierFillModel")[0]["figures"]["orders_partial"] == 0


def test_every_key_of_a_venue_is_there():
    tried = {key for _, _, _, after, _ in CASES.values() for key in after}
    assert tried >= set(venues.KEYS) - {"name", "frozen_account"}  # refused: balances would never change


@pytest.mark.parametrize("kind", models.TABLES)
def test_every_model_and_argument_is_there(kind):
    table = models.TABLES[kind][0]
    tried = [pair for _, _, _, after, _ in CASES.values() for pair in arguments(kind, after)]
    assert {name for name, _ in tried if ":" not in name} == set(table)
    names = {a for model in table.values() for a in model.arguments}
    assert {a for name, options in tried for a in options if ":" not in name} == names


def test_what_has_no_effect_says_so():
    idle = [name for name, case in CASES.items() if case[4] == "nothing changes"]
    assert [name for name in idle if "nothing changes in a backtest" not in venues.KEYS[name].meaning] == []


def write() -> None:
    cases = {name: dict(zip(("before", "after"), results(name), strict=True)) for name in CASES}
    lines = [f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items()]
    (GOLDEN / "realism.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    write()
