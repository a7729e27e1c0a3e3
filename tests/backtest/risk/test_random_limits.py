"""Random market orders under random limits, against docs/risk.md in plain Python."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sweep.backtest.engine.backtest_run import run
from tests.support import markets
from tests.support.effort import repeats
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import strategy, trial, venue

T0, CASH = ns("2026-05-04T13:30:00"), Decimal(100_000)
LONG_TERM = {"max_drawdown": "end", "daily_loss": "next_day"}


@dataclass
class Limits:
    """One set of limits and the state of what it limits; "" is the whole backtest."""

    name: str
    rules: dict[str, Any]
    peak: Decimal = CASH
    day_start: Decimal = CASH
    stopped: str = ""
    lasts: bool = False
    is_full: bool = False

    def owns(self, trader: str) -> bool:
        return self.name in {"", trader}


@dataclass
class Model:
    """Netted positions of traders in one instrument, filled at the quote at which they send an order."""

    scopes: list[Limits]
    held: dict[str, int] = field(default_factory=dict[str, int])
    paid: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  # for what is held, minus what sales brought
    entries: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    stops: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    refused: int = 0
    fills: int = 0

    def mark(self, at: int, bid: Decimal) -> None:
        self.at, self.bid, self.ask = at, bid, bid + Decimal("0.01")
        for scope in self.scopes:
            equity = self.equity(scope)
            scope.peak = max(scope.peak, equity)
            for name, reference in (("max_drawdown", scope.peak), ("daily_loss", scope.day_start)):
                limit = scope.rules.get(name)
                if limit and not scope.stopped and 1 - equity / reference > Decimal(str(limit)):
                    scope.stopped = name
                    scope.lasts = scope.rules.get("until", LONG_TERM[name]) == "end"
                    self.stops.append((at, scope.name, name))
            self.count(scope)
        flat = [s for s in self.scopes if s.stopped and s.rules["then"] == "flatten"]
        for trader in [t for t, q in self.held.items() if q and any(s.owns(t) for s in flat)]:
            self.fill(trader, -self.held[trader])

    def equity(self, scope: Limits) -> Decimal:
        own = [t for t in self.held if scope.owns(t)]
        worth = (self.held[t] * (self.bid if self.held[t] > 0 else self.ask) - self.paid[t] for t in own)
        return CASH + sum(worth, Decimal(0))

    def count(self, scope: Limits) -> None:
        today = sum(at // DAY == self.at // DAY and scope.owns(t) for at, t in self.entries)
        if not scope.is_full and today >= scope.rules.get("max_trades_per_day", 99):
            scope.is_full = True
            self.stops.append((self.at, scope.name, "max_trades_per_day"))

    def close_day(self) -> None:
        for scope in self.scopes:
            scope.day_start, scope.is_full = self.equity(scope), False
            scope.stopped = scope.stopped if scope.lasts else ""

    def allows(self, trader: str, amount: int) -> bool:
        held = self.held.get(trader, 0)
        if held * amount < 0 and abs(amount) <= abs(held):
            return True
        mine = [scope for scope in self.scopes if scope.owns(trader)]
        for scope in mine:
            self.count(scope)
        return not any(self.forbids(scope, amount) for scope in mine)

    def forbids(self, scope: Limits, amount: int) -> bool:
        after = sum(q for t, q in self.held.items() if scope.owns(t)) + amount
        return bool(scope.stopped) or scope.is_full or (after if amount > 0 else -after) > scope.rules["max_position"]

    def send(self, trader: str, amount: int) -> None:
        if self.allows(trader, amount):
            self.fill(trader, amount)
        else:
            self.refused += 1

    def fill(self, trader: str, amount: int) -> None:
        held = self.held.get(trader, 0)
        if not held or held * (held + amount) < 0:
            self.entries.append((self.at, trader))
        self.held[trader] = held + amount
        self.paid[trader] = self.paid.get(trader, Decimal(0)) + amount * (self.ask if amount > 0 else self.bid)
        self.fills += 1


def limits(draw: Random) -> dict[str, Any]:
    rules: dict[str, Any] = {"then": draw.choice(["flatten", "halt"]), "max_position": draw.choice([100, 250, 900])}
    rules |= {"max_drawdown": draw.choice([0.005, 0.01, 0.03])} if draw.random() < 0.6 else {}
    rules |= {"daily_loss": draw.choice([0.003, 0.01])} if draw.random() < 0.6 else {}
    rules |= {"max_trades_per_day": draw.choice([1, 2])} if draw.random() < 0.3 else {}
    return rules | ({"until": draw.choice(["next_day", "end"])} if draw.random() < 0.3 else {})


@pytest.mark.parametrize("seed", range(repeats(150, quick=5)))
def test_limits_do_what_the_documentation_says(tmp_path: Path, seed: int):
    draw, price = Random(seed), 100
    days = [[price := max(20, price + draw.choice([-9, -2, -1, 0, 1, 2, 9])) for _ in range(12)] for _ in range(3)]
    quotes = [(T0 + d * DAY + n * SECOND, p) for d, prices in enumerate(days) for n, p in enumerate(prices)]
    plans: dict[str, list[list[int]]] = {}
    for n in range(draw.randint(1, 3)):  # one order a quote: test_monitor.py has several at once
        at = [k for k in range(36) if k % 3 == n and draw.random() < 0.6]
        plans[f"s{n}"] = [[k, draw.choice([-1, 1]) * draw.choice([50, 100, 200])] for k in at]
    whole, single = limits(draw), {name: limits(draw) for name in plans if draw.random() < 0.4}

    model = Model([Limits("", whole), *(Limits(name, rules) for name, rules in single.items())])
    for k, (at, bid) in enumerate(quotes):
        if k and k % 12 == 0:
            model.close_day()
        model.mark(at, Decimal(bid))
        for name, orders in plans.items():
            for _, amount in (o for o in orders if o[0] == k):
                model.send(name, amount)

    spy = markets.equity()
    rows = [(at, float(bid), bid + 0.01) for at, bid in quotes]
    catalog = markets.write(tmp_path / "catalog", [spy], quotes=markets.quotes(spy, rows))
    strategies = [{"name": name, **strategy(orders=orders)} for name, orders in plans.items()]
    backtest = trial(catalog, {}, venues=[venue(default_leverage=20)])
    del backtest["strategy"]
    outcome = run(backtest | {"strategies": strategies, "risk": whole | {"strategies": single}})
    stops = [(ns(s["at"]), s["strategy"], s["limit"]) for s in outcome.stats["risk_stops"]]
    assert sorted(stops) == sorted(model.stops)
    assert (outcome.metrics["orders_refused"], outcome.metrics["fills"]) == (model.refused, model.fills)
    assert outcome.metrics["pnl_total"] == pytest.approx(float(model.equity(model.scopes[0]) - CASH), abs=0.05)
