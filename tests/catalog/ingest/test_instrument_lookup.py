import pytest

from sweep.catalog.ingest import InstrumentDraft
from sweep.catalog.ingest.instrument_lookup import define, defined, instrument
from sweep.errors import InputError
from tests.support.markets import equity, write


def test_an_instrument_that_is_there_is_used_as_it_is(tmp_path):
    write(tmp_path, [equity("SPY.ARCA")])
    assert instrument(tmp_path, InstrumentDraft(id="SPY.ARCA")).price_precision == 2
    with pytest.raises(InputError, match="the catalog defines SPY.ARCA with 2"):
        instrument(tmp_path, InstrumentDraft(id="SPY.ARCA", precision=5))
    assert instrument(tmp_path, InstrumentDraft(id="EUR/USD.SIM")).price_precision == 5


def test_a_definition_is_written_once(tmp_path):
    assert defined(tmp_path / "nowhere", "SPY.ARCA") is None
    for _ in range(2):
        define(tmp_path, equity("SPY.ARCA"))
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
    assert str(defined(tmp_path, "SPY.ARCA").id) == "SPY.ARCA"
