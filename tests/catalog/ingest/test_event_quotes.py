import json

import pytest
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import events
from sweep.catalog.ingest.parsing.column_mapping import EventMapping
from sweep.catalog.inventory import inventory
from sweep.errors import InputError
from tests.support import markets
from tests.support.commands import invoke
from tests.support.markets import ns

T0 = ns("2026-05-04T14:00:00")
EVENT = {"composite_score": 70, "bias": "neutral", "conviction": 1, "flow_premium": 1}


def ingested(tmp_path, prices, *, define=True, **quotes):
    rows = [EVENT | {"at": T0 + n // 2 * 10**9, "spy_price_at_score": price} for n, price in enumerate(prices)]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    if define:
        markets.write(tmp_path / "catalog", [markets.equity()])
    mapping = {
        "timestamp": {"column": "at", "unit": "ns"}, "instrument": "SPY.ARCA",
        "quotes": {"price": "spy_price_at_score", "spread": 0.02, "size": 300} | quotes,
    }  # fmt: skip
    return events(tmp_path / "x.jsonl", EventMapping.model_validate(mapping), tmp_path / "catalog")


def test_quotes_stand_around_the_price_at_the_event_s_time(tmp_path):
    scores, result = ingested(tmp_path, [725.50, 725.515, 725.51, 0, 725.52, 725.52])
    held = ParquetDataCatalog(str(result.catalog)).query_quote_ticks(["SPY.ARCA"])
    assert [(q.ts_init - T0, str(q.bid_price), str(q.ask_price), str(q.bid_size), str(q.ask_size)) for q in held] == [
        (0, "725.49", "725.51", "300", "300"),
        (0, "725.50", "725.52", "300", "300"),  # 725.505: to the nearest, of two to the even one
        (10**9, "725.50", "725.52", "300", "300"),
        (2 * 10**9, "725.51", "725.53", "300", "300"),
    ]  # fmt: skip
    assert scores.written == 6 - scores.dropped.get("is there twice", 0)
    assert result.dropped["events without a price above zero"] == 1


def test_they_are_labelled(tmp_path):
    ingested(tmp_path, [725.5, 726])
    note = "made from spy_price_at_score of ScoreUpdate, spread 0.02; nothing of it was quoted"
    assert [e.note for e in inventory(tmp_path / "catalog")] == ["", note, ""]
    assert note in invoke("catalog", "inspect", tmp_path / "catalog").stdout


@pytest.mark.parametrize(
    ("quotes", "message"),
    [
        ({"define": False}, "need SPY.ARCA to be defined in the catalog"),
        ({"spread": 0.015}, "quotes.spread: must be a multiple of 0.01 of SPY.ARCA"),
        ({"size": 0.5}, "quotes.size: must be a multiple of 1 of SPY.ARCA"),
        ({"prices": [0, -1]}, "no event of SPY.ARCA has a price above zero"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(tmp_path, quotes, message):
    with pytest.raises(InputError) as error:
        ingested(tmp_path, **({"prices": [725.5, 726]} | quotes))
    assert message in str(error.value)
    assert not list((tmp_path / "catalog").rglob("custom/**/*.parquet"))
