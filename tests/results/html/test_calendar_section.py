"""Texts of the tables by month, weekday and hour."""

from dataclasses import replace

from sweep.results.html.calendar_section import calendar
from sweep.trial import Result, State

HOUR = 3600 * 10**9
MONDAY = 1_777_852_800 * 10**9  # 2026-05-04 00:00 UTC


def result(**stats):
    days = ("2026-04-30", "2026-05-04", "2026-05-05")
    return Result(State.COMPLETE, days=days, returns=(0.1, -0.2, 0.0), stats=stats)


def test_money_shares_and_tones():
    section = calendar(result(starting_equity=1000.0, currency="USD"), [(MONDAY + 14 * HOUR, 5.0), (MONDAY, -2.0)])
    april, may = (section["months"]["rows"][0][1][n] for n in (3, 4))
    assert april == {"text": "100.00", "note": "10.00 %", "tone": "up", "share": "0.45"}
    assert may == {"text": "-220.00", "note": "-20.00 %", "tone": "down", "share": "1.00"}
    assert section["months"]["rows"][0][1][0] is None
    assert section["weekdays"] == [
        ["Mon", "1", "-220.00", "-220.00", "0.0 %"], ["Tue", "1", "0.00", "0.00", "0.0 %"],
        ["Thu", "1", "100.00", "100.00", "100.0 %"],
    ]  # fmt: skip
    assert section["hours"]["columns"] == ("00", "14", "all")
    assert [cell["text"] for cell in section["hours"]["rows"][0][1]] == ["-2.00", "5.00", "3.00"]
    assert section["hours"]["rows"][0][1][2]["note"] == "2"


def test_trades_by_their_groups_with_what_else_was_booked():
    groups = {"instrument": [["SPY.ARCA", 3, 2, -1234.5]], "hour": [[9, 3, 2, -1234.5]], "weekday": []}
    recorded = replace(result(groups=groups), metrics={"pnl_total": -1200.0})
    by_instrument, by_hour, by_weekday = calendar(recorded)["trades"]
    assert by_instrument["rows"] == [
        ["SPY.ARCA", "3", "-1,234.50", "66.7 %"], ["not in closed positions", "", "34.50", ""],
        ["pnl_total", "", "-1,200.00", ""],
    ]  # fmt: skip
    assert (by_hour["title"], by_hour["rows"][0][0]) == ("hour of entry, UTC", "09:00")
    assert by_weekday["rows"][-1] == ["pnl_total", "", "-1,200.00", ""]
    assert calendar(result())["trades"] == []


def test_without_a_day_and_without_money():
    assert calendar(Result(State.COMPLETE)) is None
    section = calendar(result())
    assert (section["unit"], section["hours"]) == (", on an equity of 1", None)
    assert section["months"]["rows"][0][1][3]["text"] == "0.1000"
