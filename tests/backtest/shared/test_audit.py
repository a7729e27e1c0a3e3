"""The second bookkeeping sees it when a pack mixes up its trials."""

from dataclasses import replace
from decimal import Decimal

import pytest
from nautilus_trader.model import OrderCanceled

from sweep.backtest.engine.backtest_run import run
from sweep.backtest.shared import participant, shared_run
from sweep.backtest.shared.audit import Holding, PackOrders
from sweep.backtest.shared.booked_pnl import Book
from sweep.backtest.shared.isolated_view import IsolatedCache
from sweep.backtest.shared.participant import Participant
from sweep.backtest.shared.shared_run import SharedRun
from sweep.trial import CONTRADICTS
from tests.support.random_cases import case

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    """Three trials of 34 orders or less over two days, on quotes and bars."""
    return case(11, tmp_path_factory.mktemp("audit") / "c").trials[:3]


def outcomes(trials):
    return shared_run.run([(one, ()) for one in trials])


def contradictions(trials):
    return [o.removeprefix(CONTRADICTS) for o in outcomes(trials) if isinstance(o, str) and o.startswith(CONTRADICTS)]


def test_figures_of_a_pack_are_those_of_the_orders(trials):
    results = outcomes(trials)
    assert [o.metrics["pnl_total"] for o in results] == [run(one).metrics["pnl_total"] for one in trials]
    assert [o.metrics["fills"] for o in results] == [13, 7, 10]


def test_a_fill_that_is_booked_to_another_trial_is_a_contradiction(trials, monkeypatch):
    booked, books = Book.on_order_filled, []

    def book(self, event, cache):
        books.append(self)
        booked(next(b for b in books if b is not self) if len(books) == 20 else self, event, cache)

    monkeypatch.setattr(Book, "on_order_filled", book)
    assert [why.split(" of ")[0] for why in contradictions(trials)] == ["equity", "equity"]


def test_a_lost_commission_is_a_contradiction(trials, monkeypatch):
    booked, count = Book.on_order_filled, []

    def book(self, event, cache):
        count.append(event)
        booked(self, event, cache) if len(count) != 20 else None

    monkeypatch.setattr(Book, "on_order_filled", book)
    monkeypatch.setattr(SharedRun, "_require_attributed", lambda _: None)
    (why,) = contradictions(trials)
    assert why.startswith(("a balance of ", "equity of "))


def test_a_fill_after_the_end_of_an_order_is_a_contradiction(trials, monkeypatch):
    class Canceled:
        """An order that was filled and is told to have been cancelled before."""

        def __init__(self, order, canceled):
            self.order = order
            self.event = OrderCanceled.from_dict(canceled.to_dict() | {"client_order_id": str(order.client_order_id)})

        def __getattr__(self, name):
            return getattr(self.order, name)

        def events(self):
            *others, fill = self.order.events()
            return [*others, self.event, fill]

    orders_of = PackOrders.of

    def altered(self, strategy_id):
        orders = orders_of(self, strategy_id)
        ended = next(o for o in orders if o.status.name == "CANCELED")
        place = next(n for n, o in enumerate(orders) if o.status.name == "FILLED")
        return [*orders[:place], Canceled(orders[place], ended.last_event), *orders[place + 1 :]]

    monkeypatch.setattr(PackOrders, "of", altered)
    assert len(whys := contradictions(trials)) == 3
    assert all(why.endswith(" was filled after it had ended") for why in whys)


def test_equity_of_another_day_is_a_contradiction(trials, monkeypatch):
    result_of = Participant._result

    def turned(self, state):
        result = result_of(self, state)
        return replace(result, returns=result.returns[1:] + result.returns[:1])

    monkeypatch.setattr(Participant, "_result", turned)
    assert [why.split(" of ")[0] for why in contradictions(trials)] == ["equity"] * 3


def test_orders_of_other_trials_are_a_contradiction(trials, monkeypatch):
    own = IsolatedCache._of_own
    everything = lambda view, name: view._cache.orders if name == "orders" else own(view, name)  # noqa: E731
    monkeypatch.setattr(IsolatedCache, "_of_own", everything)
    assert [why.split(", ")[0] for why in contradictions(trials)] == [f"orders are {34 + 28 + 34}"] * 3


def test_a_trial_without_a_contradiction_stays_in_the_pack(trials, monkeypatch):
    audit, owners = participant.audit, []

    def first(trial, owner, *more):
        owners.append(owner)
        return "as told" if len(owners) == 1 else audit(trial, owner, *more)

    monkeypatch.setattr(participant, "audit", first)
    first_of, *others = outcomes(trials)
    assert first_of == f"{CONTRADICTS}as told"
    assert [o.state for o in others] == ["COMPLETE"] * 2


def test_a_holding_is_booked_by_hand():
    held = Holding(CENT, Decimal(1), is_cash=False)
    held.take(Decimal(10), Decimal(100), Decimal("0.10"))
    held.take(Decimal(10), Decimal(101), Decimal("0.10"))
    assert (held.average, held.realized, held.slack) == (Decimal("100.5"), 0, 0)
    held.take(Decimal(-15), Decimal(102), Decimal("0.15"))
    assert (held.quantity, held.realized, held.commissions) == (5, Decimal("22.5"), Decimal("0.35"))
    held.take(Decimal(-8), Decimal("100.75"), Decimal("0.08"))  # turns it: 5 closed at a gain of 1.25, 3 opened short
    assert (held.quantity, held.average, held.realized) == (-3, Decimal("100.75"), Decimal("23.75"))
    assert held.worth((100.0, 100.25)) == (Decimal("-300.75"), 0)
    assert held.slack == 0


@pytest.mark.parametrize(("is_cash", "slack"), [(False, CENT / 2), (True, 3 * CENT / 2)])
def test_only_amounts_that_are_no_whole_cents_are_rounded(is_cash, slack):
    held = Holding(CENT, Decimal("0.1"), is_cash=is_cash)
    held.take(Decimal(1), Decimal("10.11"), Decimal(0))
    held.take(Decimal(-1), Decimal("10.14"), Decimal(0))
    assert held.slack == slack
