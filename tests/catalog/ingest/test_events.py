import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nautilus_trader.model import NautilusDataType, register_custom_data_class
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest import run
from sweep.catalog.ingest import events
from sweep.catalog.ingest.parsing.column_mapping import EventMapping
from sweep.errors import InputError
from sweep.strategies.score_bracket import ScoreUpdate
from tests.support import decisions, event_recorder, markets
from tests.support.markets import SECOND, ns
from tests.support.trials import trial, venue

T0 = ns("2026-05-04T14:00:00")
MS = T0 // 10**6
FIELDS = {
    "composite_score": 70.0,
    "bias": "bullish",
    "conviction": 0.5,
    "flow_premium": 1e5,
    "spy_price_at_score": 725.5,
}


def mapped(**more: Any) -> EventMapping:
    mapping = {"timestamp": {"column": "ts_event", "unit": "ms"}, "instrument": "SPY.ARCA"}
    return EventMapping.model_validate(mapping | more)


def row(n: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": n, "ts_event": MS + n, **FIELDS} | more


def database(path: Path, rows: list[dict[str, Any]]) -> Path:
    with closing(sqlite3.connect(path)) as db, db:
        names = list(dict.fromkeys(name for r in rows for name in r))
        db.execute(f"CREATE TABLE scoring_events ({', '.join(names)})")
        marks = ", ".join("?" * len(names))
        db.executemany(f"INSERT INTO scoring_events VALUES ({marks})", [[r.get(n) for n in names] for r in rows])  # noqa: S608
    return path


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


def held(catalog: Path, name: str = "ScoreUpdate") -> list[Any]:
    register_custom_data_class(ScoreUpdate)
    return [e.data for e in ParquetDataCatalog(str(catalog)).query_custom_data(NautilusDataType.Custom(name))]


def rejected(path: Path) -> list[tuple[str, str]]:
    with path.open() as file:
        return [(r["row"], r["reason"]) for r in csv.DictReader(file)]


def refused(*arguments: Any, **more: Any) -> str:
    with pytest.raises(InputError) as error:
        events(*arguments, **more)
    return str(error.value)


@pytest.mark.parametrize("form", ["db", "csv", "csv.gz", "parquet", "jsonl"])
def test_every_source_gives_the_same_events(tmp_path, form):
    rows = [row(2, conviction=0.25), row(0, composite_score=100), row(1, bias="bearish")]
    path = tmp_path / f"decisions.{form}"
    if form == "db":
        database(path, rows)
    elif form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif form == "jsonl":
        lines(path, rows)
    else:
        import gzip

        with (gzip.open if form.endswith("gz") else open)(path, "wt", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    (result,) = events(path, mapped(id="id"), tmp_path / "catalog")
    read_events = [
        (e.ts_event, e.ts_init, e.composite_score, e.bias, e.conviction, str(e.instrument_id))
        for e in held(result.catalog)
    ]
    at = [T0, T0 + 10**6, T0 + 2 * 10**6]
    assert read_events == [
        (at[0], at[0], 100.0, "bullish", 0.5, "SPY.ARCA"),
        (at[1], at[1], 70.0, "bearish", 0.5, "SPY.ARCA"),
        (at[2], at[2], 70.0, "bullish", 0.25, "SPY.ARCA"),
    ]
    assert (result.is_new, result.written, result.read, result.dropped) == (True, 3, {str(path): 3}, {})
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "catalog").rglob("*")}
    assert not events(path, mapped(id="id"), tmp_path / "catalog")[0].is_new
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "catalog").rglob("*")} == before


def test_the_order_is_time_then_priority_then_id(tmp_path):
    keys = [(5, 2, 9), (5, 1, 10), (5, 1, 9), (4, 3, 1), (5, 2, 8)]
    rows = [row(ts_event=MS + t, source=p, id=i, flow_premium=100.0 * t + 10 * p + i) for t, p, i in keys]
    (result,) = events(lines(tmp_path / "x.jsonl", rows), mapped(priority="source", id="id"), tmp_path / "catalog")
    assert [e.flow_premium for e in held(result.catalog)] == [100.0 * t + 10 * p + i for t, p, i in sorted(keys)]
    assert result.noticed == {"events at the time of another, by priority and id": 3}


def test_what_is_no_event_is_written_down_with_the_reason(tmp_path):
    rows = [
        row(0), row(1, composite_score=None), row(2, bias="up"), row(3, composite_score=101), row(4, ts_event="soon"),
        row(5, ts_event=MS * 1000), row(6, conviction="much"), row(7, spy_price_at_score=float("nan")), row(0),
        row(0, composite_score=1), row(8, ts_event=None), [1], row(9, ts_event=MS // 1000), row(10, ts_event=MS + 0.5),
    ]  # fmt: skip
    (result,) = events(lines(tmp_path / "x.jsonl", rows), mapped(id="id"), tmp_path / "catalog")
    reasons = [
        "composite_score is empty", "bias is none of 'bullish', 'bearish', 'neutral', ''",
        "composite_score is not in 0 … 100",
        "ts_event is no time in ms", "ts_event is not between 1990 and 2100; is its unit us?",
        "conviction is no number",
        "spy_price_at_score is not finite", "is there twice", "has the id of another, with other values",
        "ts_event is empty", "is no JSON object", "ts_event is not between 1990 and 2100; is its unit s?",
    ]  # fmt: skip
    assert result.rejects == tmp_path / "catalog" / "rejected" / "x.jsonl.csv"
    assert rejected(result.rejects) == [(str(n), reason) for n, reason in enumerate(reasons, 2)]
    assert result.dropped == dict.fromkeys(reasons, 1)
    assert [e.ts_event for e in held(result.catalog)] == [T0, T0 + 500_000]
    assert result.read == {str(tmp_path / "x.jsonl"): 14}
    lines(tmp_path / "x.jsonl", [row(0), row(10, ts_event=MS + 0.5)])
    assert not events(tmp_path / "x.jsonl", mapped(id="id"), tmp_path / "catalog")[0].is_new
    assert not result.rejects.exists()


def test_without_ids_equal_rows_are_one_event(tmp_path):
    rows = [row(0), row(1) | {"ts_event": MS}, row(0, bias="bearish")]
    (result,) = events(lines(tmp_path / "x.jsonl", rows), mapped(), tmp_path / "catalog", rejects=tmp_path / "r.csv")
    assert [e.bias for e in held(result.catalog)] == ["bullish", "bearish"]
    assert rejected(tmp_path / "r.csv") == [("2", "is there twice")]


def test_names_values_and_defaults_of_their_own(tmp_path):
    rows = [{"at": "2026-05-04T10:00:00.123456789", "sym": "SPY", "s": "71", "dir": 1, "price": None}]
    mapping = EventMapping.model_validate(
        {
            "timestamp": {"column": "at", "time_zone": "America/New_York"},
            "fields": {
                "instrument_id": {"column": "sym", "values": {"SPY": "SPY.ARCA"}},
                "composite_score": "s",
                "bias": {"column": "dir", "values": {"1": "bullish", "-1": "bearish"}},
                "conviction": {"column": "dir"},
                "flow_premium": {"column": "price", "default": 0.0},
                "spy_price_at_score": {"column": "price", "default": 1},
            },
        }
    )
    (result,) = events(lines(tmp_path / "x.jsonl", rows), mapping, tmp_path / "catalog")
    (event,) = held(result.catalog)
    assert event.ts_event == T0 + 123_456_789
    assert (event.composite_score, event.bias, event.spy_price_at_score) == (71.0, "bullish", 1.0)


def test_a_class_of_the_user(tmp_path):
    mapping = mapped(**{"class": "tests.support.strategies:Score", "fields": {"score": "composite_score"}})
    (result,) = events(lines(tmp_path / "x.jsonl", [row(0)]), mapping, tmp_path / "catalog")
    assert (result.kind, result.file.parent.name) == ("Score", "Score")


def test_a_field_with_a_default_is_read_from_the_column_of_its_name(tmp_path):
    rows = [{"id": 0, "ts_event": MS, "score": 7.5}, {"id": 1, "ts_event": MS + 1, "score": -2.0}]
    (result,) = events(
        lines(tmp_path / "x.jsonl", rows), mapped(**{"class": "tests.support.strategies:Score"}), tmp_path / "catalog"
    )
    assert pq.read_table(result.file)["score"].to_pylist() == [7.5, -2.0]


def test_every_mistake_of_a_mapping_at_once(tmp_path):
    mapping = mapped(
        timestamp={"column": "ts", "unit": "%Y%m%d"}, instrument="SPY", fields={"bais": "bias"},
        quotes={"price": "last", "spread": 0.01},
    )  # fmt: skip
    (tmp_path / "file").write_text("")
    text = refused(lines(tmp_path / "x.jsonl", [row()]), mapping, tmp_path / "file")
    for place in ("--catalog", "timestamp.time_zone", "fields.bais", "instrument", "quotes.price"):
        assert f"{place}:" in text
    assert "did you mean 'bias'?" in text


def test_columns_that_are_not_there(tmp_path):
    path = lines(tmp_path / "x.jsonl", [row()])
    text = refused(path, mapped(timestamp={"column": "ts_evnt", "unit": "ms"}, id="nr"), tmp_path / "catalog")
    assert "timestamp: the source has no such column (was 'ts_evnt'); did you mean 'ts_event'?" in text
    assert "id: the source has no such column (was 'nr')" in text
    assert not (tmp_path / "catalog").exists()


@pytest.mark.parametrize(("unit", "better"), [("ns", "ms"), ("s", "ms"), ("us", "ms")])
def test_a_wrong_unit_leaves_nothing(tmp_path, unit, better):
    path = lines(tmp_path / "x.jsonl", [row(n) for n in range(3)])
    text = refused(path, mapped(timestamp={"column": "ts_event", "unit": unit}), tmp_path / "catalog")
    assert f"holds no event: 3 ts_event is not between 1990 and 2100; is its unit {better}?" in text
    assert not (tmp_path / "catalog" / "data").exists()
    assert events(path, mapped(), tmp_path / "catalog")[0].written == 3


def test_a_source_that_is_none(tmp_path):
    assert "is no file" in refused(tmp_path / "x.db", mapped(), tmp_path / "catalog")
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\0" + b"no database" * 99)
    assert "cannot be read" in refused(tmp_path / "x.db", mapped(), tmp_path / "catalog")
    assert "holds no event: it is empty" in refused(lines(tmp_path / "x.jsonl", []), mapped(), tmp_path / "catalog")
    assert not (tmp_path / "catalog").exists()


def test_later_events_are_added_and_others_of_the_same_time_on_request(tmp_path):
    path, into = tmp_path / "x.jsonl", tmp_path / "catalog"
    events(lines(path, [row(0), row(5)]), mapped(id="id"), into)
    assert events(lines(path, [row(6)]), mapped(id="id"), into)[0].added == 1
    more = lines(path, [row(0), row(3), row(5)])
    assert "holds other ScoreUpdate" in refused(more, mapped(id="id"), into)
    assert events(more, mapped(id="id"), into, merge=True)[0].added == 1
    assert [e.ts_event - T0 for e in held(into)] == [0, 3 * 10**6, 5 * 10**6, 6 * 10**6]


def test_ties_reach_the_strategy_in_order_and_settle_one_by_one(tmp_path):
    """Many at one time, over two files: each sees the quote of its own time and the fill of the one before."""
    spy, catalog = markets.equity(), tmp_path / "catalog"
    rows = [(T0 + n * SECOND, 700.0 + n, 700.0 + n) for n in range(20)]
    markets.write(catalog, [spy], quotes=markets.quotes(spy, rows, size=10_000))
    for first in (0, 450):
        some = [row(n, ts_event=MS + 1000 * (n // 50), flow_premium=float(n)) for n in range(first, first + 450)]
        events(lines(tmp_path / "x.jsonl", some[::-1]), mapped(id="id"), catalog)
    plan = {f"{k}path": f"tests.support.event_recorder:EventRecorder{c}" for k, c in (("", ""), ("config_", "Config"))}
    data = [{"type": "sweep.strategies.score_bracket:ScoreUpdate"}, {"type": "QuoteTick", "instruments": ["SPY.ARCA"]}]
    rich = venue(starting_balances=["10_000_000 USD"])
    run(trial(str(catalog), plan | {"config": {}}, data=data, venues=[rich]))
    assert [(float(n), 700.0 + n // 50, n) for n in range(900)] == event_recorder.SEEN


def test_ten_thousand_decisions(tmp_path):
    decisions.write(tmp_path / "decisions.db")
    (result,) = events(tmp_path / "decisions.db", mapped(id="id", priority="source"), tmp_path / "catalog")
    assert result.written == len(held(result.catalog)) == decisions.HELD
    assert sum(result.dropped.values()) == decisions.ROWS - decisions.HELD == len(rejected(result.rejects))
    assert result.dropped["composite_score is empty"] == decisions.NULLS
    assert result.dropped["is there twice"] == decisions.TWICE
    assert result.dropped["has the id of another, with other values"] == decisions.OTHER_ID
