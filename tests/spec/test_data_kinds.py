from nautilus_trader import model
from nautilus_trader.persistence import ParquetDataCatalog
from nautilus_trader.trading import Strategy

from sweep.spec.data_kinds import DATA_KINDS, LISTED_KINDS, time_span


def test_each_kind_is_one_of_the_engines():
    assert not [name for name in LISTED_KINDS if not hasattr(model.NautilusDataType, name)]


def test_each_subscription_is_a_method_of_a_strategy():
    methods = [method for kind in DATA_KINDS.values() for method in kind.subscribe]
    assert not [method for method in methods if not hasattr(Strategy, method)]
    assert len(methods) == len(set(methods))


def test_the_engine_keeps_each_kind_in_that_folder(tmp_path):
    catalog = ParquetDataCatalog(str(tmp_path))
    status = model.InstrumentClose(
        model.InstrumentId.from_str("SPY.ARCA"), model.Price(1.0, 2), model.InstrumentCloseType.END_OF_SESSION, 1, 1
    )
    catalog.write_instrument_closes([status])
    assert [p.name for p in (tmp_path / "data").iterdir()] == [DATA_KINDS["InstrumentClose"].folder]


def test_an_interval_belongs_to_the_period_with_its_end():
    assert time_span("Bar", 10, 20) == (11, 21)
    assert {time_span(name, 10, 20) for name in [*LISTED_KINDS, "ScoreUpdate"] if name != "Bar"} == {(10, 20)}
