"""Events that are delivered once and passed on: each listener hears each of them once, and has a copy of its own."""

from copy import copy
from dataclasses import dataclass, field
from typing import Any

import pytest
from nautilus_trader.model import BarType, CustomData, DataType, InstrumentId

from sweep.backtest.data.batches import is_ordinary, own_copy
from sweep.backtest.shared import shared_run
from sweep.backtest.shared.participant import Participant
from sweep.backtest.shared.subscription_hub import SubscriptionHub
from tests.backtest.shared.test_shared_run import actions, differences, market
from tests.support.strategies import Score

SPY, QQQ = InstrumentId.from_str("SPY.ARCA"), InstrumentId.from_str("QQQ.ARCA")


@dataclass
class Quote:
    instrument_id: InstrumentId


@dataclass(eq=False)
class Listener:
    """A participant as the hub knows it."""

    subscribed: list[Any] = field(default_factory=list)

    def join(self, hub: SubscriptionHub, *arguments: Any, method: str = "subscribe_quotes") -> bool:
        return hub.join(self, method, arguments, lambda: self.subscribed.append(arguments[0]))


def test_the_first_subscribes_and_passes_on_to_those_who_joined():
    hub, (first, second, third) = SubscriptionHub(), [Listener() for _ in range(3)]
    assert all(participant.join(hub, SPY) for participant in (first, second, second))
    assert third.join(hub, QQQ)
    assert [participant.subscribed for participant in (first, second, third)] == [[SPY], [], [QQQ]]
    assert hub.listeners(first, "on_quote", Quote(SPY)) == (first, second)
    assert hub.listeners(third, "on_quote", Quote(QQQ)) == (third,)
    assert hub.listeners(second, "on_quote", Quote(SPY)) == (second,)  # whatever the engine delivered to it alone


def test_one_that_wants_it_otherwise_is_told_so_and_hears_nothing():
    hub, first, second = SubscriptionHub(), Listener(), Listener()
    assert first.join(hub, DataType("Score"), method="subscribe_data")
    assert not second.join(hub, DataType("Score", {"of": "SPY"}), method="subscribe_data")
    event = CustomData(DataType("Score"), Score(ts_event=1, ts_init=1, score=2.0))
    assert hub.listeners(first, "on_data", event) == (first,)


def test_a_subscription_that_fails_is_nobodys():
    hub, second = SubscriptionHub(), Listener()
    with pytest.raises(ZeroDivisionError):
        hub.join(Listener(), "subscribe_quotes", (SPY,), lambda: 1 / 0)
    assert second.join(hub, SPY)
    assert second.subscribed == [SPY]


def test_bars_of_bars_are_subscribed_to_by_each():
    hub, participants = SubscriptionHub(), [Listener(), Listener()]
    bars = BarType.from_str("SPY.ARCA-5-MINUTE-BID-INTERNAL@1-MINUTE-INTERNAL")
    assert all(participant.join(hub, bars, method="subscribe_bars") for participant in participants)
    assert [participant.subscribed for participant in participants] == [[bars], [bars]]


class Slotted:
    __slots__ = ("score",)

    def __init__(self) -> None:
        self.score = 1.0


class Careful:
    """Copied in its own way."""

    def __init__(self, copies: int = 0) -> None:
        self.copies = copies

    def __copy__(self) -> "Careful":
        return Careful(self.copies + 1)


def test_a_copy_is_as_copy_makes_it_and_independent():
    event = CustomData(DataType("Score"), Score(ts_event=1, ts_init=1, score=2.0))
    mine = own_copy(event)
    mine.data.score = 7.0
    assert (event.data.score, vars(own_copy(event).data)) == (2.0, vars(copy(event.data)))
    assert type(mine.data) is Score


def test_only_what_is_nothing_but_its_fields_is_copied_as_such():
    assert is_ordinary(Score)
    assert not is_ordinary(Slotted)
    assert not is_ordinary(Careful)


@pytest.mark.parametrize("action", ["raise", "account"])
def test_the_subscriber_leaves_and_those_it_passed_on_to_hear_the_rest(tmp_path, action):
    catalog = market(tmp_path / "c", 5)
    many = actions(catalog, {"action": action}, {"every": 20}, {"every": 33})
    earliest_end = shared_run.run([(one, ()) for one in many])
    assert isinstance(earliest_end[0], str)
    assert [differences(one, outcome) for one, outcome in zip(many[1:], earliest_end[1:], strict=True)] == [[], []]


class Waiting(Participant):
    """A participant that has sent commands at these times."""

    def __init__(self, *sent: int, void: bool = False, why: str = "") -> None:
        self.sent, self.why, self.is_pruned, self.is_void = [(t, SPY) for t in sent], why, False, void

    def has_sent(self, at: int) -> bool:
        return (at, SPY) in self.sent and not self.is_void


def relayed(*participants: Waiting, delays: tuple[int, int] = (10, 10), last_data: int = 100) -> SubscriptionHub:
    return SubscriptionHub(delays, lambda: {SPY: last_data, QQQ: 200}, participants)


@pytest.mark.parametrize(
    ("sent", "leaves"),
    [((), False), ((90,), False), ((91,), True), ((140,), True), ((141,), False), ((50, 95), True)],
    ids=["nothing", "taken with the last data", "since", "by now", "still on its way", "the last of several"],
)
def test_whose_command_a_timer_of_another_meets_leaves(sent, leaves):
    one, other = Waiting(), Waiting(*sent)
    hub = relayed(one, other)
    hub.rang((one,), 150)
    hub.judge()
    assert (one.why, bool(other.why)) == ("", leaves)


def test_a_timer_that_both_have_is_no_matter_in_whatever_order_they_are_called():
    one, other, third = Waiting(120), Waiting(120), Waiting(120)
    hub = relayed(one, other, third)
    hub.rang((one,), 150)
    hub.rang((other,), 150)
    assert not third.why
    hub.rang((third, one), 160)  # of the moment before, all have been heard of
    assert [bool(participant.why) for participant in (one, other, third)] == [False, False, True]


def test_without_latency_no_step_is_one_too_many():
    one, other = Waiting(), Waiting(120)
    hub = relayed(one, other, delays=(0, 0))
    hub.rang((one,), 150)
    hub.judge()
    assert not other.why


def test_at_the_end_all_wait_for_the_same_moment_or_leave():
    early, late, also, first = Waiting(95), Waiting(60, 100), Waiting(100), Waiting(80)
    relayed(early, late, also, first).part()
    assert [bool(participant.why) for participant in (early, late, also, first)] == [True, False, False, False]
    void, beside = Waiting(100, void=True), Waiting(100)
    relayed(void, beside).part()  # a call that closed what was not open: alone, nothing is waited for
    assert [bool(participant.why) for participant in (void, beside)] == [True, False]
    left, other = Waiting(110, why="it left before"), Waiting(100)
    relayed(left, other).part()  # its command still travels
    assert other.why
    uneven = Waiting(100)
    relayed(uneven, delays=(10, 20)).part()
    assert uneven.why
