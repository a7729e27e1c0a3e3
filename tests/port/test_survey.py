import libcst as cst

from sweep.port.inference import type_name
from sweep.port.survey import survey

SOURCE = """
import pandas as pd
from helpers import Base, BaseConfig
from .near import thing
from nautilus_trader.model.data import Bar as B
from nautilus_trader.trading.strategy import Strategy


class S(Strategy):
    def __init__(self, config: SConfig) -> None:
        self.order: LimitOrder | None = None
        self.seen = {}

    def on_bar(self, bar: B) -> None:
        for order in self.cache.orders_open():
            self.seen[order.id] = order


class T(Base):
    pass
"""


def test_the_facts_of_a_file():
    helpers = survey(cst.parse_module("from nautilus_trader.common.actor import Actor\nclass Base(Actor):\n    pass\n"))
    facts = survey(cst.parse_module(SOURCE), helpers.classes.values())
    assert facts.names == {"B": "Bar", "Strategy": "Strategy"} and facts.local >= {"helpers", ".near", "pandas"}
    own = facts.classes["S"]
    assert (own.kind, facts.classes["T"].kind, own.config, own.config_name) == (
        "strategy",
        "actor",
        "SConfig",
        "config",
    )
    assert own.types == {"order": "Order", "seen": "Order[]"} and own.methods == {"__init__", "on_bar"}


def test_types_of_annotations():
    def of(text):
        return type_name(cst.parse_expression(text))

    names = ["A", "a.b.A", "A | None", "None | A", "Optional[A]", "'A | None'", "list[A]", "dict[str, A]", "Callable"]
    assert [of(name) for name in names] == ["A", "A", "A", "A", "A", "A", "A[]", "A[]", "Callable"]
