"""A `decisions.db` as a production system leaves one: python tests/support/decisions.py FILE

10,000 scored events of SPY over twenty sessions in table `scoring_events`, in milliseconds: ties, empty fields,
repeated rows, an id that is used twice, and rows that are no events. What is in it is counted in `HELD`.
"""

import random
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

ROWS = 10_000
SESSIONS = 20
NULLS, TWICE, OTHER_ID, NAN_PRICE = 40, 25, 5, 1
BAD = {"a bias that is none": 1, "a score above 100": 1, "a time in seconds": 1, "a text for a time": 1}
HELD = ROWS - NULLS - TWICE - OTHER_ID - NAN_PRICE - sum(BAD.values())
TABLE = """
CREATE TABLE scoring_events (
  id INTEGER, ts_event INTEGER, instrument_id TEXT, composite_score REAL, bias TEXT, conviction REAL,
  flow_premium REAL, spy_price_at_score REAL, source INTEGER
)"""


def rows() -> list[list[Any]]:
    """The same rows on every run, in order of their ids; two thousand of them share their time with another."""
    rng, table, price, first = random.Random(7), list[list[Any]](), 725.0, date(2026, 5, 4)
    days = [d for n in range(40) if (d := first + timedelta(n)).weekday() < 5][:SESSIONS]
    for day in days:
        opened = int(datetime.combine(day, time(13, 30), UTC).timestamp() * 1000)
        at = opened
        for n in range(ROWS // SESSIONS):
            at += 0 if n % 5 == 4 else rng.randrange(40_000, 70_000)
            bias, score = rng.choice(["bullish", "bearish", "neutral"]), round(rng.betavariate(3, 2) * 100, 1)
            price = round(price * (1 + rng.gauss(0, 0.0006)), 2)
            table.append([
                len(table) + 1, at, "SPY", score, bias, round(rng.random(), 3), round(rng.uniform(1e3, 9e5), 2), price,
                1 + n % 2,
            ])  # fmt: skip
    return _spoilt(table, rng)


def _spoilt(table: list[list[Any]], rng: random.Random) -> list[list[Any]]:
    spots = iter(rng.sample(range(1, ROWS - 1), NULLS + TWICE + OTHER_ID + NAN_PRICE + len(BAD)))
    for _ in range(NULLS):
        table[next(spots)][3] = None
    whole = [row for row in table if row[3] is not None]
    for n in range(TWICE):
        table[next(spots)] = list(whole[0 if n else 1])
    for _ in range(OTHER_ID):
        spot = next(spots)
        table[spot][0], table[spot][8] = 1, 1
    table[next(spots)][7] = float("nan")
    table[next(spots)][4] = "sideways"
    table[next(spots)][3] = 140.0
    spot = next(spots)
    table[spot][1] //= 1000
    table[next(spots)][1] = "yesterday"
    return table


def write(path: Path) -> None:
    """The database."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(TABLE)
        db.executemany("INSERT INTO scoring_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
