"""Division of a period: whole trading days of the instruments' calendar, without gaps or overlaps."""

from pathlib import Path
from typing import Any

import pytest

from sweep.common.units import short
from sweep.runner.period_split import PeriodSplit, Stretch, divide
from sweep.spec.sections import Validation
from tests.support import markets, sweeps
from tests.support.markets import ns

DAY = "2026-05-05T15:00:00"


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    place: Path = tmp_path_factory.mktemp("catalogs")
    paths: dict[str, str] = {}
    coin = markets.pair("BTC/USDT.BINANCE", digits=2)
    for instrument in (markets.equity(), markets.pair(), coin):
        name = str(instrument.id)
        rows = markets.quotes(instrument, [(ns(DAY), 1.0, 1.1)])
        paths[name] = markets.write(place / name.replace("/", ""), [instrument], quotes=rows)
    return paths


def cut(catalogs: dict[str, str], start: str, end: str, name: str = "SPY.ARCA", **fields: Any) -> PeriodSplit:
    backtest = sweeps.spec(catalogs[name], {})
    backtest["period"] = {"start": f"{start}T00:00:00Z", "end": f"{end}T00:00:00Z"}
    backtest["data"] = [{"type": "QuoteTick", "instruments": [name]}]
    parts, problems = divide(backtest, Validation.model_validate(fields))
    assert not problems
    assert parts
    return parts


def span(stretch: Stretch | None) -> tuple[str, str, int]:
    assert stretch
    return short(stretch.start), short(stretch.end), stretch.days


@pytest.mark.parametrize(
    ("lockbox", "expected"),
    [
        ("20 %", ("2026-05-08", "2026-05-09", 1)),  # Monday to Friday: one day
        ("1 %", ("2026-05-08", "2026-05-09", 1)),  # at least one
        ("50 %", ("2026-05-06", "2026-05-09", 3)),  # 2.5 days are 3
        ("2d", ("2026-05-07", "2026-05-09", 2)),
        ("2026-05-07", ("2026-05-07", "2026-05-09", 2)),
    ],
)
def test_the_last_trading_days_are_the_lockbox(catalogs, lockbox, expected):
    parts = cut(catalogs, "2026-05-04", "2026-05-09", lockbox=lockbox)
    assert span(parts.lockbox) == expected
    assert parts.search.end == parts.lockbox.start
    assert parts.search.days + parts.lockbox.days == 5


@pytest.mark.parametrize("end", ["2026-05-09", "2026-05-10", "2026-05-11"])
def test_a_weekend_at_the_end_is_no_day(catalogs, end):
    parts = cut(catalogs, "2026-05-04", end, lockbox="1d")
    assert span(parts.lockbox) == ("2026-05-08", end, 1)


def test_currencies_are_cut_at_five_in_new_york_and_coins_at_midnight_every_day(catalogs):
    parts = cut(catalogs, "2026-05-04", "2026-05-16", "EUR/USD.SIM", lockbox="2026-05-11")
    assert parts.lockbox.start == "2026-05-08T21:00:00Z"  # Friday: the weekend belongs to Monday
    assert parts.lockbox.days == 5  # the three hours after Friday's close are no day
    parts = cut(catalogs, "2026-05-04", "2026-05-11", "BTC/USDT.BINANCE", lockbox="2d")
    assert span(parts.lockbox) == ("2026-05-09", "2026-05-11", 2)


def windows(catalogs: dict[str, str], **fields: Any) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    parts = cut(catalogs, "2026-05-04", "2026-05-16", walk_forward=fields)
    return [(span(w.train)[:2], span(w.test)[:2]) for w in parts.windows]


def test_windows_walk_over_trading_days(catalogs):
    assert windows(catalogs, train="4d", test="3d") == [
        (("2026-05-04", "2026-05-08"), ("2026-05-08", "2026-05-13")),  # Friday, Monday and Tuesday
        (("2026-05-07", "2026-05-13"), ("2026-05-13", "2026-05-16")),
    ]
    anchored = windows(catalogs, train="4d", test="3d", anchored=True)
    assert [train[0] for train, _ in anchored] == ["2026-05-04", "2026-05-04"]


def test_purge_and_embargo_leave_days_out(catalogs):
    (first, *_) = windows(catalogs, train="4d", test="3d", purge="1d", embargo="2d")
    assert first == (("2026-05-04", "2026-05-07"), ("2026-05-12", "2026-05-15"))


def test_windows_never_reach_into_the_lockbox(catalogs):
    parts = cut(catalogs, "2026-05-04", "2026-05-16", lockbox="3d", walk_forward={"train": "3d", "test": "3d"})
    assert parts.lockbox.days == 3
    assert max(w.test.end for w in parts.windows) == parts.lockbox.start
    assert parts.windows[-1].test.days == 1  # the last may be shorter


def test_without_a_calendar_there_is_nothing_to_divide():
    backtest = sweeps.spec("nowhere", {})
    backtest["period"] = {"start": "2026-05-04T00:00:00Z", "end": "2026-05-06T00:00:00Z"}
    assert divide(backtest, Validation(lockbox="1d")) == (None, [])
