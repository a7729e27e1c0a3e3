"""Components hear of one event in the order of the spec, which the engine alone calls in a random one."""

from collections import defaultdict
from typing import Any

import pytest

from sweep.backtest import run
from sweep.backtest.data.delivery_order import DeliveryOrder
from sweep.errors import TrialError
from tests.support import every_kind_catalog, recording_components
from tests.support.recording_components import Recorder
from tests.support.trials import trial, venue

KINDS = ["QuoteTick", "TradeTick", "OrderBookDelta", "OrderBookDepth", "FundingRateUpdate", "MarkPriceUpdate",
         "IndexPriceUpdate", "InstrumentStatus", "InstrumentClose"]  # fmt: skip
LABELS = "abcdef"


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    return every_kind_catalog.write(tmp_path_factory.mktemp("market"))


def component(label: str, kind: str, **config: Any) -> dict[str, Any]:
    paths = {
        "path": f"{recording_components.__name__}:{kind}",
        "config_path": f"{recording_components.__name__}:RecordingConfig",
    }
    return {"name": label, **paths, "config": {"instrument_id": every_kind_catalog.NAME, "label": label, **config}}


def heard(market: str, **configs: dict[str, Any]) -> list[tuple[str, int, str]]:
    """All that six components hear, of which the first three are actors."""
    data = [{"type": kind, "instruments": [every_kind_catalog.NAME]} for kind in KINDS]
    data.append({"type": "Bar", "bar_types": [every_kind_catalog.BARS]})
    account = {"base_currency": "USDT", "starting_balances": ["100_000 USDT"]}
    whole = trial(market, {}, data=data, venues=[venue("BINANCE", **account)])
    del whole["strategy"]
    kinds = dict.fromkeys("abc", "RecordingActor") | dict.fromkeys("def", "RecordingStrategy")
    components = [component(label, kind, **configs.get(label, {})) for label, kind in kinds.items()]
    Recorder.heard.clear()
    run(whole | {"actors": components[:3], "strategies": components[3:]})
    return list(Recorder.heard)


def sequences(events: list[tuple[str, int, str]]) -> dict[str, set[str]]:
    """The orders in which the components heard of each kind of event."""
    calls = defaultdict[tuple[str, int], str](str)
    for callback, at, label in events:
        calls[callback, at] += label
    kinds = defaultdict[str, set[str]](set)
    for (callback, _), labels in calls.items():
        kinds[callback].add(labels)
    return dict(kinds)


def test_all_hear_of_an_event_in_the_order_of_the_spec(market):
    orders = sequences(heard(market, c={"publishes": True}))
    assert orders == {kind: {LABELS} for kind in orders}
    assert len(orders) == 16


def test_what_they_hear_is_what_the_engine_delivers(market, monkeypatch):
    ordered = heard(market, b={"publishes": True}, d={"leaves_at": 3}, e={"calls_itself": True})
    monkeypatch.setattr(DeliveryOrder, "ordered", lambda self, kind: kind)  # the plain engine
    plain = heard(market, b={"publishes": True}, d={"leaves_at": 3}, e={"calls_itself": True})
    assert sorted(ordered) == sorted(plain)
    assert sum(callback == "quote" and label == "d" for callback, _, label in ordered) == 3


def test_a_signal_comes_between_those_before_and_those_after_its_publisher(market):
    events = [
        (callback, label)
        for callback, _, label in heard(market, b={"publishes": True})
        if callback in {"quote", "on_signal"}
    ]
    assert events[:12] == [
        ("quote", "a"), ("quote", "b"), *(("on_signal", label) for label in LABELS),
        *(("quote", label) for label in "cdef"),
    ]  # fmt: skip


def test_two_subscriptions_to_the_same_events_are_refused_where_others_share_one(market):
    with pytest.raises(TrialError, match="2 subscriptions of on_data .Score. and another shares one"):
        heard(market, a={"publishes": True, "is_double": True})
