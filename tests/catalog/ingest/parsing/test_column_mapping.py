import pytest

from sweep.catalog.ingest.parsing.column_mapping import SCORE, EventMapping, MarketMapping, load
from sweep.errors import InputError


def test_a_mapping_file(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text(
        "timestamp: {column: ts_event, unit: ms}\ninstrument: SPY.ARCA\nfields: {bias: {column: b, one_of: [up]}}\n"
    )
    mapping = load(path, EventMapping)
    assert (mapping.timestamp.unit, mapping.class_path, mapping.instrument) == ("ms", SCORE, "SPY.ARCA")
    assert mapping.fields["bias"].one_of == ["up"]


def test_every_mistake_with_its_line(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("timestamp: {unit: 5}\ninstument: SPY.ARCA\nclass: Score\nquotes: {price: p, spread: 0}\n")
    with pytest.raises(InputError) as error:
        load(path, EventMapping)
    rules = {(p.where, p.line): (p.rule, p.remedy) for p in error.value.problems}
    assert set(rules) == {
        ("timestamp.column", 1), ("timestamp.unit", 1), ("instument", 2), ("class", 3), ("quotes.spread", 4),
    }  # fmt: skip
    assert rules["instument", 2] == ("is not a key here", "did you mean 'instrument'?")
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "none.yaml", MarketMapping)
