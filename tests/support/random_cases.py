"""Random packs: a market of quotes, trades or bars, a venue, and strategies that listen to them, fixed by a number."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from nautilus_trader.model import AggressorSide, Bar, BarType, Price, Quantity, TradeId, TradeTick

from sweep.backtest.engine.backtest_run import run
from sweep.errors import TrialError
from tests.support import markets
from tests.support.markets import DAY, MINUTE, SECOND, ns
from tests.support.strategies import Score

OPEN = ns("2026-05-04T13:30:00")
SAME = ("metrics", "days", "returns", "step_returns", "warnings", "rungs", "fills", "state")
SETS = (  # kinds of market data of a case
    ("quotes",),
    ("trades",),
    ("LAST",),
    ("MID",),
    ("BID", "ASK"),
    ("quotes", "trades"),
    ("quotes", "LAST"),
    ("quotes", "BID", "ASK"),
    ("trades", "LAST"),
)
ACCOUNTS = ("MARGIN", "MARGIN", "CASH")
CARRIED = ("market", "limit", "stop", "touch", "bracket", "reverse", "close", "cancel", "modify")
EXTERNAL = "{name}-{step}-MINUTE-{price}-EXTERNAL"
SEVERAL = 10_000_000  # number of the first case of several instruments
OTHERS = (("QQQ.ARCA",), ("QQQ.ARCA", "IWM.ARCA"), ("GLD.BATS",), ("QQQ.ARCA", "GLD.BATS"))  # on one venue and on two


@dataclass(frozen=True)
class Case:
    """One pack of random trials."""

    number: int
    kinds: tuple[str, ...]
    trials: list[dict[str, Any]]


def walk(draw: Random, events: int) -> Iterator[tuple[int, float]]:
    """Moments and prices of two days, with jumps and uneven gaps."""
    price = 100.0
    for day in range(2):
        t = OPEN + day * DAY
        for _ in range(events // 2):
            t += draw.choice((0, 1, 1, 5, 30)) * SECOND
            jump = draw.choice((-0.6, 0.6)) if draw.random() < 0.01 else 0.0
            price = round(max(5.0, price + draw.randint(-3, 3) / 100 + jump), 2)
            yield t, price


def trade_ticks(draw: Random, stock: Any, rows: list[tuple[int, float]]) -> list[TradeTick]:
    sides = draw.choice(((AggressorSide.BUY, AggressorSide.SELL), (AggressorSide.NO_AGGRESSOR,)))
    sizes = draw.choice(((1000,), (3, 8, 1000)))
    return [
        TradeTick(
            stock.id, Price(x, 2), Quantity.from_int(draw.choice(sizes)), draw.choice(sides), TradeId(str(n)), t, t
        )
        for n, (t, x) in enumerate(rows)
    ]


def bars(draw: Random, instrument: str, prices: tuple[str, ...], step: int, count: int) -> list[Bar]:
    """Bars of each price type, so many of each day."""
    volumes, built, price = draw.choice(((10_000,), (0, 3, 40, 10_000))), list[Bar](), 100.0
    for day in range(2):
        for n in range(1, count // 2 + 1):
            t = OPEN + day * DAY + n * step * MINUTE
            start = round(price + draw.choice((0, 0, 0, 0.02, -0.03, 0.4)), 2)
            price = round(start + draw.randint(-12, 12) / 100, 2)
            high, low = (
                round(f(start, price) + draw.randint(0, 5) / 100 * sign, 2) for f, sign in ((max, 1), (min, -1))
            )
            for name in prices:
                shift = 0.02 if name == "ASK" else 0.0
                ohlc = (Price(x + shift, 2) for x in (start, high, low, price))
                kind = BarType.from_str(EXTERNAL.format(name=instrument, step=step, price=name))
                built.append(Bar(kind, *ohlc, Quantity.from_int(draw.choice(volumes)), t, t))
    return built


def market(
    draw: Random, folder: Path, kinds: tuple[str, ...], events: int, others: tuple[str, ...] = ()
) -> tuple[str, list[dict[str, Any]], list[str]]:
    """A catalog of random data, its `data:` section, and what strategies may listen to."""
    names, parts = ("SPY.ARCA", *others), dict[str, Any]()
    stocks = [markets.equity(name, margin="0.5") for name in names]
    hears, data = list[str](), list[dict[str, Any]]()
    for stock in stocks:
        of = "" if stock is stocks[0] else f" {stock.id}"
        for kind, events_of in market_of(draw, stock, kinds, events, hears, of).items():
            parts.setdefault(kind, []).extend(events_of)
    for kind, name in (("quotes", "QuoteTick"), ("trades", "TradeTick")):
        if kind in parts:
            data.append({"type": name, "instruments": list(names)})
    if "bars" in parts:
        data.append({"type": "Bar", "bar_types": list(dict.fromkeys(str(bar.bar_type) for bar in parts["bars"]))})
    scores = [Score(ts_event=OPEN + n * 97 * SECOND, ts_init=OPEN + n * 97 * SECOND, score=1.0) for n in range(20)]
    data.append({"type": "tests.support.strategies:Score"})
    return markets.write(folder, stocks, events=scores, **parts), data, hears


def market_of(
    draw: Random, stock: Any, kinds: tuple[str, ...], events: int, hears: list[str], of: str
) -> dict[str, list[Any]]:
    """Data of one instrument by kind; what may be listened to is added to `hears`."""
    name, parts = str(stock.id), dict[str, list[Any]]()
    if "quotes" in kinds:
        rows = [(t, x, round(x + draw.randint(1, 3) / 100, 2)) for t, x in walk(draw, events)]
        quotes, sizes = markets.quotes(stock, rows, size=1000), draw.choice(((1000,), (3, 8, 1000)))
        parts["quotes"] = [markets.sized(q, draw.choice(sizes)) for q in quotes]
        hears += [f"quotes{of}", f"{name}-1-MINUTE-MID-INTERNAL", f"{name}-40-TICK-BID-INTERNAL"]
    if "trades" in kinds:
        parts["trades"] = trade_ticks(draw, stock, list(walk(draw, events)))
        hears += [f"trades{of}", f"{name}-1-MINUTE-LAST-INTERNAL", f"{name}-30-TICK-LAST-INTERNAL"]
    prices = tuple(kind for kind in kinds if kind.isupper())
    if prices:
        steps = draw.choice(((1,), (1,), (1, 5)))
        parts["bars"] = [bar for step in steps for bar in bars(draw, name, prices, step, events // 3 // step)]
        hears += [EXTERNAL.format(name=name, step=step, price=price) for step in steps for price in prices]
        hears.append(f"{name}-3-MINUTE-{prices[0]}-INTERNAL@1-MINUTE-EXTERNAL")
    return parts


def venue(draw: Random, kinds: tuple[str, ...]) -> dict[str, Any]:
    """A random venue."""
    fill = draw.choice(("DefaultFillModel", "DefaultFillModel", "BestPriceFillModel", "OneTickSlippageFillModel"))
    chances = {key: draw.choice((0.0, 1.0)) for key in ("prob_fill_on_limit", "prob_slippage")}
    latency = draw.choice((0, 0, 25_000_000, 2_000_000_000, 70_000_000_000))
    flags = {name: draw.random() < 0.8 for name in ("bar_execution", "trade_execution", "reject_stop_orders")}
    flags |= {name: draw.random() < 0.2 for name in ("bar_adaptive_high_low_ordering", "use_market_order_acks")}
    return {
        "name": "ARCA", "oms_type": "NETTING", "account_type": "MARGIN", "base_currency": "USD",
        "starting_balances": [draw.choice(("3000 USD", *("100000 USD",) * 3))], "default_leverage": 1,
        "fill_model": {"type": fill, "random_seed": 42} | chances,
        "fee_model": draw.choice(({"type": "PerContractFeeModel", "commission": "0.01 USD"},
                                  {"type": "MakerTakerFeeModel", "maker_rate": 0.0002, "taker_rate": 0.0005})),
        "latency_model": {"type": "StaticLatencyModel", "base_latency_nanos": latency},
    } | flags  # fmt: skip


def second_venue(draw: Random, first: dict[str, Any]) -> dict[str, Any]:
    """Another venue with another account, fees and latency."""
    latency = {"type": "StaticLatencyModel", "base_latency_nanos": draw.choice((0, 25_000_000))}
    fee = {"type": "MakerTakerFeeModel", "maker_rate": 0.0001, "taker_rate": 0.0003}
    account = {"account_type": draw.choice(ACCOUNTS), "starting_balances": [draw.choice(("5000 USD", "90000 USD"))]}
    return first | {"name": "BATS", "fee_model": fee, "latency_model": latency} | account


def account(draw: Random) -> dict[str, Any]:
    """A random account."""
    return {"account_type": draw.choice(ACCOUNTS), "base_currency": draw.choice(("USD", "USD", None))}


def case(number: int, folder: Path) -> Case:
    """The case of a number."""
    draw = Random(number)
    kinds, events = draw.choice(SETS), draw.choice((200, 400))
    others = draw.choice(OTHERS) if number >= SEVERAL else ()
    catalog, data, hears = market(draw, folder, kinds, events, others)
    actions = draw.sample(CARRIED, draw.randint(1, 5))
    actions.append(draw.choice(("market", "limit", "stop", "bracket")))
    if draw.random() < (0.9 if "trades" in kinds or {"quotes", "LAST"} <= {*kinds} else 0.2):
        actions = ["market", "reverse"]  # all others leave the pack
    place, config = (
        venue(draw, kinds) | account(Random(-number)),
        {"often": draw.randint(2, 12), "size": draw.choice((5, 10, 40)), "others": list(others)},
    )
    places = [place, *(second_venue(draw, place) for name in others if name.endswith(".BATS"))]
    heard = [draw.choice(hears) for _ in range(draw.randint(1, 3) + len(others))]
    beat, trials = draw.choice((0, 0, 0, 61, 600)), list[dict[str, Any]]()
    for n in range(draw.randint(2, 7)):
        own = heard if draw.random() < 0.8 else [draw.choice(hears)]
        values = config | {"seed": number * 100 + n, "actions": [*actions, "close"], "hears": own, "beat": beat}
        path = "tests.support.random_listener:RandomListener"
        trials.append({
            "catalog": catalog, "period": {"start": "2026-05-04T00:00:00Z", "end": "2026-05-06T00:00:00Z"},
            "data": data, "venues": places,
            "strategy": {"path": path, "config_path": f"{path}Config", "config": values},
        })  # fmt: skip
    return Case(number, (*kinds, *others), trials)


def differences(one: dict[str, Any], outcome: Any) -> list[str]:
    """Differences between a pack's result and that of an engine of its own."""
    try:
        alone = run(one)
    except TrialError as error:
        return [f"it fails alone: {error.message}"]
    return [name for name in SAME if getattr(alone, name) != getattr(outcome, name)]
