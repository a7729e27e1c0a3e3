"""Sessions of exchanges in times that name no zone."""

import numpy as np
import pytest

from sweep.catalog.ingest.clock import DAY, MINUTE, SESSIONS, is_naive, session_of
from sweep.cli import console
from tests.support.commands import invoke


def days(opens: int, closes: int, many: int = 5, step: int = 1):
    return np.array([d * DAY + m * MINUTE for d in range(many) for m in range(opens, closes, step)], np.int64)


@pytest.mark.parametrize(("opens", "closes", "zone"), SESSIONS)
@pytest.mark.parametrize("step", [1, 5])
def test_a_session_is_recognised(opens, closes, zone, step):
    session = session_of(days(opens, closes, step=step))
    assert session
    assert session.zone == zone
    assert session.first == f"{opens // 60:02}:{opens % 60:02}"


@pytest.mark.parametrize(
    "wall",
    [
        days(0, 1440), days(13 * 60 + 30, 20 * 60), days(570, 571), days(0, 1), np.empty(0, np.int64),
        np.concatenate([days(570, 960), days(60, 1300) + 5 * DAY]),
    ],
    ids=["round the clock", "New York in UTC", "a row a day", "midnights", "none", "half of the days"],
)  # fmt: skip
def test_nothing_else_is_a_session(wall):
    assert session_of(wall) is None


def test_rows_in_any_order_show_it():
    wall = days(570, 960)
    np.random.default_rng(1).shuffle(wall)
    assert str(session_of(wall)) == (
        "its times name no zone and run from 09:30 to 15:59, as a session in America/New_York does"
    )


@pytest.mark.parametrize(
    ("names", "texts", "expected"),
    [
        (("time",), ["2026-03-02 09:30:00"], True),
        (("Gmt time",), ["02.03.2026 09:30:00.000"], False),
        (("timestamp_utc",), ["2026-03-02 09:30:00"], False),
        (("time",), ["2026-03-02T09:30:00Z"], False),
        (("time",), ["2026-03-02T09:30:00-05:00"], False),
        (("date", "time"), ["09:30"], True),
    ],
)
def test_a_zone_in_a_name_or_a_text_counts(names, texts, expected):
    assert is_naive(names, texts) is expected


def a_file(path, times):
    rows = [f"{str(np.datetime64(int(t), 'ns'))[:19]},1.00,1.00,1.00,1.00,5" for t in times]
    path.write_text("\n".join(["time,open,high,low,close,volume", *rows]))
    return path


OPTIONS = ("--instrument", "EUR/USD.SIM", "--catalog")


def test_ingest_tells_what_a_session_may_mean_and_the_remedies_end_it(tmp_path):
    file = a_file(tmp_path / "a.csv", days(570, 960) + 20_514 * DAY)
    first = invoke("catalog", "ingest", "bars", file, *OPTIONS, tmp_path / "one")
    assert "run from 09:30 to 15:59, as a session in America/New_York does; they are taken as UTC" in first.stderr
    assert "T09:31:00Z" in first.stdout
    for zone, opened in (("America/New_York", "T14:31:00Z"), ("UTC", "T09:31:00Z")):
        again = invoke("catalog", "ingest", "bars", file, *OPTIONS, tmp_path / opened[1:3], "--time-zone", zone)
        assert "as a session" not in again.stderr
        assert opened in again.stdout


def test_ingest_asks_a_person(tmp_path, monkeypatch):
    file = a_file(tmp_path / "a.csv", days(570, 960) + 20_514 * DAY)
    questions = []
    monkeypatch.setattr(console, "is_attended", lambda: True)
    monkeypatch.setattr(console, "ask", lambda *question: questions.append(question) or "America/New_York")
    result = invoke("catalog", "ingest", "bars", file, *OPTIONS, tmp_path / "one")
    assert len(questions) == 1
    assert questions[0][1] == "UTC"  # at a venue that is not there
    assert "T14:31:00Z" in result.stdout


def test_ingest_says_nothing_of_times_with_a_zone(tmp_path):
    file = a_file(tmp_path / "a.csv", days(570, 960) + 20_514 * DAY)
    file.write_text(file.read_text().replace(",1.00,1.00,1.00,1.00,5", "Z,1.00,1.00,1.00,1.00,5"))
    assert "as a session" not in invoke("catalog", "ingest", "bars", file, *OPTIONS, tmp_path / "one").stderr
