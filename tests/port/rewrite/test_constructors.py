from tests.port.snippets import ported

HEAD = """from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.trading.strategy import Strategy


"""
SOURCE = """class S(Strategy):
    def __init__(self, instrument_id: InstrumentId, period: int = 5, name="x", extra=None):
        super().__init__()
        period = max(period, 2)
        self.instrument_id = instrument_id
        self.pairs = [(name, other) for other in range(period)]
        self.call(name=name)

    def call(self, name):
        self.name = name


s = S(InstrumentId.from_str("A.B"), 7, name="y")
"""


def test_settings_that_came_one_by_one_come_in_a_config():
    result = ported(HEAD + SOURCE).result
    names = {"__name__": "ported"}
    exec(compile(result, "ported", "exec", dont_inherit=True), names)  # noqa: S102
    strategy = names["s"]
    assert str(strategy.instrument_id) == "A.B" and len(strategy.pairs) == 7 and strategy.name == "y"
    assert (
        'class SConfig:\n    instrument_id: InstrumentId\n    period: int = 5\n    name: str = "x"\n    extra: Any = None'
        in result
    )
    assert (
        "def __init__(self, config: SConfig):\n        period = config.period\n        super().__init__(config)"
        in result
    )
    assert 'S(SConfig(instrument_id=InstrumentId.from_str("A.B"), period=7, name="y"))' in result


def test_arguments_without_names_are_left_to_the_user():
    assert (
        ported(
            HEAD + "class S(Strategy):\n    def __init__(self, a, *args, **kwargs):\n        super().__init__()\n"
        ).by_hand
        == 1
    )


def test_a_strategy_without_settings_stays():
    assert (
        "Config"
        not in ported(HEAD + "class S(Strategy):\n    def __init__(self):\n        super().__init__()\n").result
    )
