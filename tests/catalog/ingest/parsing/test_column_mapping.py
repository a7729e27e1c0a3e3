import pytest

from sweep.catalog.ingest.parsing.column_mapping import SCORE, EventMapping, MarketMapping, load
from sweep.errors import InputError


def test_a_mapping_file(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text(
        "timestamp: {column: ts_event, unit: ms}\ninstrument: SPY.ARCA\nfields: {bias: {column: b, one_of: [up]}}\n"
    )
    said = load(path, EventMapping)
    assert (said.timestamp.unit, said.class_path, said.instrument) == ("ms", SCORE, "SPY.ARCA")
    assert said.fields["bias"].one_of == ["up"]


def test_every_mistake_with_its_line(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("timestamp: {unit: 5}\ninstument: SPY.ARCA\nclass: Score\nquotes: {price: p, spread: 0}\n")
    with pytest.raises(InputError) as error:
        load(path, EventMapping)
    found = {(p.where, p.line): (p.rule, p.remedy) for p in error.value.problems}
    assert set(found) == {
        ("timestamp.column", 1), ("timestamp.unit", 1), ("instument", 2), ("class", 3), ("quotes.spread", 4),
    }  # fmt: skip
    assert found["instument", 2] == ("is not a key here", "did you mean 'instrument'?")
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "none.yaml", MarketMapping)
