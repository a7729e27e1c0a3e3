from sweep.port.notes import left_to_do
from tests.port.snippets import ported

HEAD = """from nautilus_trader.config import PositiveInt, StrategyConfig
from nautilus_trader.core.data import Data
from nautilus_trader.core.message import Event
from nautilus_trader.model.custom import customdataclass
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.trading.strategy import Strategy


"""


def run(source):
    """The ported source, executed: it must be Python that 2.0 takes."""
    result = ported(HEAD + source)
    names = {"__name__": "ported"}
    exec(compile(result.result, "ported", "exec", dont_inherit=True), names)  # noqa: S102
    return result.result, names


def test_a_config_becomes_a_frozen_dataclass_that_takes_what_it_took():
    source, names = run(
        "class C(StrategyConfig, frozen=True):\n    period: PositiveInt = 3\n    tags: list[str] = []\n    last: int\n"
    )
    assert "@dataclass(frozen=True, kw_only=True)\nclass C:" in source and "period: int = 3" in source
    config = names["C"](last=1)
    assert (config.period, config.tags, config.last) == (3, [], 1)


def test_a_default_that_the_users_own_code_makes_is_made_for_each():
    own = "class Limits:\n    __hash__ = None\n\n    def __init__(self, most=1):\n        self.most = most\n\n\n"
    config = "class C(StrategyConfig):\n    a: Limits = Limits()\n    b: Limits = Limits(most=3)\n    c: Decimal = Decimal('1')\n"
    source, names = run("from decimal import Decimal\n" + own + config)
    config_of_2 = names["C"]()
    assert (config_of_2.a.most, config_of_2.b.most) == (1, 3) and config_of_2.a is not names["C"]().a
    assert "c: Decimal = Decimal('1')" in source


def test_fields_of_the_base_are_declared_where_somebody_sets_them():
    source, names = run("class C(StrategyConfig):\n    x: int = 1\n\n\nc = C(x=2, order_id_tag='007')\n")
    assert "order_id_tag: str | None = None" in source and names["c"].order_id_tag == "007"


def test_a_config_of_a_config_and_one_without_fields():
    _, names = run(
        "class A(StrategyConfig):\n    x: int\n\n\nclass B(A, frozen=True):\n    y: int = 2\n\n\nclass E(StrategyConfig):\n    pass\n"
    )
    assert names["B"](x=1).y == 2 and names["E"]() == names["E"]()


def test_data_of_the_user_is_a_class_with_times():
    _, names = run(
        "class D(Data):\n    x: float = 0.0\n\n\nclass F(Data):\n    def __init__(self, x):\n        super().__init__()\n        self.x = x\n"
    )
    assert (names["D"](x=2.0, ts_event=5).ts_event, names["F"](3).ts_init) == (5, 0)


def test_registered_data_and_events_only_lose_their_base():
    source, _ = run("@customdataclass\nclass D(Data):\n    x: float = 0.0\n\n\nclass V(Event):\n    topic = 'a'\n")
    assert "@customdataclass\nclass D:\n" in source and "class V:\n" in source


def test_a_list_of_instruments_is_left_to_the_user():
    result = ported(HEAD + "class C(StrategyConfig):\n    instruments: list[Instrument]\n")
    assert len(left_to_do(result.result)) == 1


def test_times_that_data_hands_to_its_base_are_kept():
    source = (
        "class D(Data):\n    def __init__(self, x, a, b):\n        super().__init__(ts_init=b, ts_event=a)\n        self.x = x\n\n\n"
        "class E(Data):\n    def __init__(self, a, b):\n        super().__init__(a, b)\n"
    )
    _, names = run(source)
    event = names["D"](1, 2, 3)
    assert (event.x, event.ts_event, event.ts_init) == (1, 2, 3) and names["E"](4, 5).ts_init == 5
