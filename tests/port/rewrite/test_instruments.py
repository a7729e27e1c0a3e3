from tests.port.snippets import ported

SOURCE = """from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.trading.strategy import Strategy


class C(StrategyConfig, frozen=True):
    instrument: Instrument


class S(Strategy):
    def __init__(self, config: C) -> None:
        super().__init__(config)
        self.instrument = config.instrument
        self.id_of_it = config.instrument.id
        self.venue = config.instrument.venue
        self.step = config.instrument.price_increment

    def on_stop(self) -> None:
        self.close_all_positions(self.config.instrument.id)
        print(self.config.instrument.price_precision)


class T(Strategy):
    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        self.instrument = instrument
        self.own = instrument.id

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.own)


def make(eurusd):
    return S(C(instrument=eurusd))
"""


def test_an_instrument_becomes_its_id_and_is_looked_up_when_there_is_a_cache():
    result = ported(SOURCE).result
    assert "    instrument_id: InstrumentId\n" in result
    assert (
        "self.instrument = None\n        self.id_of_it = config.instrument_id\n        self.venue = config.instrument_id.venue"
        in result
    )
    assert "def on_start(self):\n        self.instrument = self.cache.instrument(self.config.instrument_id)" in result
    assert "self.close_all_positions(self.config.instrument_id)" in result
    assert "print(self.cache.instrument(self.config.instrument_id).price_precision)" in result
    assert "self.own = config.instrument_id" in result
    assert (
        "self.instrument = self.cache.instrument(self.config.instrument_id)\n        self.subscribe_quotes(self.own)"
        in result
    )
    assert "S(C(instrument_id=eurusd.id))" in result


def test_what_a_constructor_needs_of_the_instrument_is_left_to_the_user():
    result = ported(SOURCE)
    assert [note.line for note in result.notes] == [16] and result.by_hand == 1
