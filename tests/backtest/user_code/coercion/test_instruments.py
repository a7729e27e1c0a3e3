"""Instruments of the trial's data as values of a config, by their ids."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from nautilus_trader.model import CurrencyPair, Equity, OrderSide, Quantity
from nautilus_trader.trading import Strategy

from sweep.backtest.engine.backtest_run import run
from sweep.backtest.setup.builder import build
from sweep.backtest.user_code.coercion.instruments import convert_instrument
from sweep.backtest.user_code.coercion.refusal import RefusedError
from tests.support import markets
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import trial

T0 = ns("2026-05-04T13:30:00")


@dataclass(frozen=True)
class Nested:
    """Other instruments than the main one."""

    hedges: list[Equity | CurrencyPair] = field(default_factory=list[Equity | CurrencyPair])


@dataclass(frozen=True)
class ObjectConfig:
    """An instrument as an object, and more of them in a nested config."""

    instrument: Equity
    spare: Equity | None = None
    nested: Nested | None = None
    by_name: dict[str, Equity] = field(default_factory=dict[str, Equity])


class Holder(Strategy):
    """Buys ten of each instrument at its first quote."""

    def __init__(self, config: ObjectConfig) -> None:
        super().__init__(None)
        nested = config.nested.hedges if config.nested else []
        self.instruments = [config.instrument, *nested, *config.by_name.values()]

    def on_start(self) -> None:
        for instrument in self.instruments:
            self.subscribe_quotes(instrument.id)

    def on_quote(self, quote: Any) -> None:
        if not self.cache.orders(instrument_id=quote.instrument_id):
            size = Quantity.from_int(10)
            self.submit_order(self.order_factory.market(quote.instrument_id, OrderSide.BUY, size))


def whole(catalog: str, *names: str, **config: Any) -> dict[str, Any]:
    plan = {"path": f"{__name__}:Holder", "config_path": f"{__name__}:ObjectConfig", "config": config}
    return trial(catalog, plan, instruments=names)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """SPY rises by 1, QQQ by 2; SPY is defined anew with larger lots after the period."""
    spy, qqq, iwm = map(markets.equity, ("SPY.ARCA", "QQQ.ARCA", "IWM.ARCA"))
    later = Equity.from_dict(spy.to_dict() | {"lot_size": "100", "ts_init": T0 + 30 * DAY, "ts_event": T0 + 30 * DAY})
    quotes = [
        quote
        for instrument, step in ((spy, 1), (qqq, 2))
        for quote in markets.quotes(instrument, [(T0 + n * SECOND, 100 + n * step, 100 + n * step) for n in range(2)])
    ]
    return markets.write(tmp_path_factory.mktemp("instruments") / "catalog", [spy, later, qqq, iwm], quotes=quotes)


def test_an_instrument_arrives_as_its_object_wherever_it_stands(catalog):
    config = {"instrument": "SPY.ARCA", "nested": {"hedges": ["QQQ.ARCA"]}}
    outcome = run(whole(catalog, "SPY.ARCA", "QQQ.ARCA", **config))
    assert outcome.metrics["pnl_total"] == 10 * 1 + 10 * 2
    parts, problems = build(whole(catalog, "SPY.ARCA", **config | {"nested": None, "by_name": {"a": "SPY.ARCA"}}))
    assert parts is not None and not problems
    (config,) = parts.components[0].arguments
    assert config.instrument == config.by_name["a"] == markets.equity("SPY.ARCA")
    assert config.instrument.lot_size == Quantity.from_int(1), "not the definition of a month later"


@pytest.mark.parametrize(
    ("config", "where", "rule", "remedy"),
    [
        ({"instrument": "SPI.ARCA"}, "instrument", "an instrument (Equity) of the data", "did you mean 'SPY.ARCA'?"),
        ({"instrument": "IWM.ARCA"}, "instrument", "of the data", "list it under `data:`"),
        ({"instrument": 5}, "instrument", "must be the id of an instrument (Equity)", "write SYMBOL.VENUE"),
        ({"instrument": "SPY.ARCA", "spare": "XX"}, "spare", "of the data", "list it under `data:`"),
        (
            {"instrument": "SPY.ARCA", "nested": {"hedges": ["SPI.ARCA"]}},
            "nested",
            "(CurrencyPair) of the data",
            "SPY.ARCA",
        ),
    ],
)
def test_another_value_is_refused_with_its_rule(catalog, config, where, rule, remedy):
    (problem,) = build(whole(catalog, "SPY.ARCA", **config))[1]
    assert problem.where == f"strategy.config.{where}"
    assert rule in problem.rule and remedy in problem.remedy


def test_an_instrument_of_another_kind_is_named(catalog):
    @dataclass(frozen=True)
    class Pairs:
        pair: CurrencyPair

    globals()["Pairs"] = Pairs
    backtest = whole(catalog, "SPY.ARCA", pair="SPY.ARCA")
    backtest["strategy"]["config_path"] = f"{__name__}:Pairs"
    (problem,) = build(backtest)[1]
    assert problem.rule == "must be the id of an instrument (CurrencyPair): SPY.ARCA is a Equity"


def test_without_a_catalog_an_instrument_is_refused():
    with pytest.raises(RefusedError, match="no catalog is at hand"):
        convert_instrument("SPY.ARCA", Equity)
