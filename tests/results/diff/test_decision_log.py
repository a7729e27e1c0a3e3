"""Logs of decisions: CSV and SQLite, with and without a mapping."""

import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest

from sweep.common.units import nanos
from sweep.errors import InputError
from sweep.results.diff import decision_log
from sweep.results.diff.decisions import Decision

T = nanos("2026-05-04T14:00:00Z")
MAPPING = """
decisions:
  source: live.sqlite
  query: "SELECT * FROM orders WHERE kind = 'ENTER'"
  time: {column: at_ms, unit: ms}
  instrument: symbol
  side: {column: action, long: [call], short: [put]}
  size: qty
  pnl: net
"""


def test_a_csv_with_our_names_needs_no_mapping(tmp_path):
    path = tmp_path / "done.csv"
    path.write_text(
        "time,instrument,side,size,price,exit_time,exit_price,pnl\n"
        "2026-05-04T14:00:01.5Z,SPY.ARCA,sell,10,700.5,,,\n"
        "2026-05-04T10:00:00-04:00,SPY.ARCA,BUY,10,700.25,2026-05-04T14:30:00Z,701,7.48\n"
    )
    side = decision_log.read(path)
    assert side.decisions == [
        Decision(T, "SPY.ARCA", "LONG", 10.0, 700.25, T + 1800 * 10**9, 701.0, Decimal("7.48")),
        Decision(T + 1_500_000_000, "SPY.ARCA", "SHORT", 10.0, 700.5),
    ]
    assert side.knows == {"size", "price", "exit_time", "exit_price", "pnl"}
    assert side.pnl_total == Decimal("7.48")


def test_columns_that_are_not_there_are_not_known(tmp_path):
    (tmp_path / "done.csv").write_text("time,instrument,side,note\n2026-05-04T14:00:00Z,SPY.ARCA,LONG,x\n")
    side = decision_log.read(tmp_path / "done.csv")
    assert side.knows == frozenset()
    assert side.pnl_total is None


@pytest.fixture
def live(tmp_path):
    with closing(sqlite3.connect(tmp_path / "live.sqlite")) as db, db:
        db.execute("CREATE TABLE orders (kind TEXT, at_ms INTEGER, symbol TEXT, action TEXT, qty REAL, net TEXT)")
        rows = [("ENTER", T // 10**6, "SPY.ARCA", "put", 2.0, "-1.10"), ("SKIP", 0, "SPY.ARCA", "call", 1.0, "9")]
        db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", rows)
    (tmp_path / "live.yaml").write_text(MAPPING)
    return tmp_path / "live.yaml"


def test_a_query_and_a_mapping(live):
    side = decision_log.read(live)
    assert side.decisions == [Decision(T, "SPY.ARCA", "SHORT", 2.0, pnl=Decimal("-1.10"))]
    assert side.knows == {"size", "pnl"}
    assert decision_log.is_log(live)


def test_every_mistake_of_the_mapping_at_once(live):
    live.write_text(MAPPING.replace("symbol", "symbl").replace("unit: ms", "unit: msec").replace("size:", "sise:"))
    with pytest.raises(InputError) as wrong:
        decision_log.read(live)
    messages = {p.where: str(p) for p in wrong.value.problems}
    assert "did you mean 'symbol'" in messages["decisions.instrument"]
    assert "must be one of ns, us, ms, s" in messages["decisions.time.unit"]
    assert "did you mean 'size'" in messages["decisions.sise"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("yesterday,SPY.ARCA,BUY,1", "must be an ISO 8601 time"),
        ("2026-05-04T14:00:00Z,SPY.ARCA,HOLD,1", "must be one of LONG, BUY"),
        ("2026-05-04T14:00:00Z,SPY.ARCA,BUY,ten", "must be a number"),
        ("2026-05-04T14:00:00Z,SPY.ARCA,BUY,nan", "must be a finite number"),
        ("2026-05-04T14:00:00Z,,BUY,1", "a decision needs its instrument"),
    ],
)
def test_a_row_that_cannot_be_read_is_said_and_never_left_out(tmp_path, row, message):
    (tmp_path / "done.csv").write_text(f"time,instrument,side,size\n{row}\n")
    with pytest.raises(InputError, match=f"row 1.*{message}"):
        decision_log.read(tmp_path / "done.csv")


def test_a_source_that_is_missing_or_no_database(tmp_path):
    (tmp_path / "x.yaml").write_text("decisions: {source: none.csv, time: t, instrument: i, side: s}\n")
    with pytest.raises(InputError, match="the file does not exist"):
        decision_log.read(tmp_path / "x.yaml")
    (tmp_path / "x.db").write_text("no database at all, but long enough to be looked at")
    with pytest.raises(InputError, match="cannot be read"):
        decision_log.read(tmp_path / "x.db")
