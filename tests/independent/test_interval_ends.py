"""Bars that end where a day ends: daily figures against days told and marked by hand, without sweep's calendar."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sweep.backtest import run
from sweep.runner.period_split import divide
from sweep.spec.sections import Validation
from tests.support.markets import SECOND, bars, equity, ns, pair, perpetual, quotes, write
from tests.support.strategies import Both
from tests.support.trials import strategy, trial, venue

HOUR = timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")
STOCK, EURO, COIN = equity("SPY.SIM"), pair("EUR/USD.SIM", digits=2, margin="0.01"), perpetual("BTCUSDT-PERP.SIM")
type Ends = list[datetime]


def is_open(end: datetime) -> bool:
    """Currencies trade from Sunday 17:00 to Friday 17:00 in New York; the hour that ends then is told."""
    local = (end - HOUR / 2).astimezone(NEW_YORK)
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    return not 4 * 1440 + 17 * 60 <= minute < 6 * 1440 + 17 * 60


def utc_day(end: datetime) -> date:
    """The date just before an end; a weekend is of Monday."""
    day = (end - timedelta(seconds=1)).date()
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def new_york_day(end: datetime) -> date:
    """The day that ends at 17:00 in New York."""
    return utc_day((end.astimezone(NEW_YORK) + timedelta(hours=7)).replace(tzinfo=UTC))


def hours(start: str, count: int) -> Ends:
    return [datetime.fromisoformat(start).replace(tzinfo=UTC) + n * HOUR for n in range(1, count + 1)]


def account(instrument: Any) -> dict[str, Any]:
    """100,000 of the currency that the instrument is quoted in."""
    currency = str(instrument.quote_currency)
    return venue("SIM", base_currency=currency, starting_balances=[f"100_000 {currency}"])


CASES: dict[str, tuple[Any, str, Ends, Any]] = {
    "hours of a coin, days end at midnight": (
        COIN, "1-HOUR-LAST", hours("2026-02-27", 24 * 5), lambda end: (end - timedelta(seconds=1)).date(),
    ),
    "daily bars of a stock, stamped at the midnight after": (
        STOCK, "1-DAY-LAST", [e for e in hours("2026-02-27", 24 * 11) if e.hour == 0 and (e - HOUR).weekday() < 5],
        utc_day,
    ),
    "hours of a pair over a change of clocks, days and the week end at 17:00 in New York": (
        EURO, "1-HOUR-LAST", [e for e in hours("2026-03-01T22:00", 24 * 14) if is_open(e)], new_york_day,
    ),
}  # fmt: skip


def walk(kind: str, ends: Ends) -> Iterator[tuple[int, float, float, float, float]]:
    random, close = Random(len(kind)), 100.0
    for end in ends:
        opened, close = close, round(close + random.gauss(0, 1), 1)
        yield int(end.timestamp()) * SECOND, opened, max(opened, close), min(opened, close), close


@pytest.mark.parametrize("case", CASES)
def test_days_keep_the_bar_that_ends_them(tmp_path: Path, case: str):
    """Long from the first bar on, without fees: each day is worth the close of its last bar."""
    instrument, spec, ends, day_of = CASES[case]
    kind = f"{instrument.id}-{spec}-EXTERNAL"
    rows = list(walk(kind, ends))
    catalog = write(tmp_path, [instrument], bars=bars(
        kind, rows, digits=instrument.price_precision, size_digits=instrument.size_precision
    ))  # fmt: skip
    closes = {day_of(end).isoformat(): row[-1] for end, row in zip(ends, rows, strict=True)}
    equity_by_day = [100_000 + 10 * (close - rows[0][-1]) for close in closes.values()]
    returns = [b / a - 1 for a, b in zip([100_000.0, *equity_by_day], equity_by_day, strict=False)]

    result = run(trial(
        catalog, strategy("OnBars", "BarsConfig", bar_type=kind, instrument_id=str(instrument.id), orders=[[0, 10]]),
        start=(ends[0] - HOUR).isoformat(), end=(ends[-1]).isoformat(),
        data=[{"type": "Bar", "bar_types": [kind]}],
        venues=[account(instrument)],
    ))  # fmt: skip
    assert result.days == tuple(closes)
    assert result.returns == pytest.approx(returns, abs=1e-12)
    assert result.metrics["pnl_total"] == pytest.approx(equity_by_day[-1] - 100_000, abs=1e-6)
    assert result.stats["fed"] == {"Bar": len(rows)}


def test_a_period_takes_the_bar_at_its_end_and_not_the_one_at_its_start(tmp_path: Path):
    kind = f"{COIN.id}-1-HOUR-LAST-EXTERNAL"
    rows = [(int(e.timestamp()) * SECOND, *[100.0 + n * n] * 4) for n, e in enumerate(hours("2026-05-03", 72))]
    catalog = write(tmp_path, [COIN], bars=bars(kind, rows, digits=1, size_digits=3))
    result = run(trial(
        catalog, strategy("OnBars", "BarsConfig", bar_type=kind, instrument_id=str(COIN.id), orders=[[0, 10]]),
        start="2026-05-04", end="2026-05-05", data=[{"type": "Bar", "bar_types": [kind]}],
        venues=[account(COIN)],
    ))  # fmt: skip
    assert (result.days, result.stats["fed"]) == (("2026-05-04",), {"Bar": 24})
    assert result.metrics["pnl_total"] == pytest.approx(
        10 * (47**2 - 24**2)
    )  # from the close of 01:00 to that of 24:00


def test_the_parts_of_a_short_backtest_keep_the_bar_that_ends_them(tmp_path: Path):
    """Two days of hourly bars are read every half day: at 12:00 and 24:00, the bars that end then included."""
    kind = f"{COIN.id}-1-HOUR-LAST-EXTERNAL"
    closes = [100.0 + n * (-1) ** (n // 7) for n in range(24 * 31)]
    ends = hours("2026-05-01", len(closes))
    rows = [(int(e.timestamp()) * SECOND, *[c] * 4) for e, c in zip(ends, closes, strict=True)]
    catalog = write(tmp_path, [COIN], bars=bars(kind, rows, digits=1, size_digits=3))
    result = run(trial(
        catalog, strategy("OnBars", "BarsConfig", bar_type=kind, instrument_id=str(COIN.id), orders=[[0, 10]]),
        start="2026-05-01", end="2026-06-01", data=[{"type": "Bar", "bar_types": [kind]}],
        venues=[account(COIN)],
    ))  # fmt: skip
    values = [100_000 + 10 * (closes[n] - closes[0]) for n in range(11, len(closes), 12)]
    assert len(result.steps) == len(values) == 62
    assert result.steps[:3] == ("2026-05-01T00:00:00Z", "2026-05-01T12:00:00Z", "2026-05-02T00:00:00Z")
    expected = [b / a - 1 for a, b in zip([100_000.0, *values], values, strict=False)]
    assert result.step_returns == pytest.approx(expected, abs=1e-12)


def test_the_parts_of_a_period_share_no_bar_and_lose_none(tmp_path: Path):
    """The days of a search and of its lock-box, run apart, are those of the whole period."""
    kind = f"{COIN.id}-1-HOUR-LAST-EXTERNAL"
    rows = list(walk(kind, hours("2026-05-01", 24 * 10)))
    catalog = write(tmp_path, [COIN], bars=bars(kind, rows, digits=1, size_digits=3))
    whole = trial(
        catalog, strategy("OnBars", "BarsConfig", bar_type=kind, instrument_id=str(COIN.id)),
        start="2026-05-01", end="2026-05-11", data=[{"type": "Bar", "bar_types": [kind]}],
        venues=[account(COIN)],
    )  # fmt: skip
    split, _ = divide(whole, Validation(lockbox="20 %"))
    assert split is not None
    assert split.lockbox is not None
    parts = [run(whole | {"period": part.period}) for part in (split.search, split.lockbox)]
    assert [len(part.days) for part in parts] == [8, 2]
    assert [part.stats["fed"]["Bar"] for part in parts] == [192, 48]
    assert parts[0].days + parts[1].days == run(whole).days


@pytest.mark.parametrize("order", [("QuoteTick", "Bar"), ("Bar", "QuoteTick")])
def test_a_quote_at_midnight_opens_the_new_day_and_a_bar_ends_the_old_one(tmp_path: Path, order: tuple[str, str]):
    """Events of one nanosecond keep the order of `data:` whether or not a day ends there."""
    kind, midnight = f"{STOCK.id}-1-DAY-LAST-EXTERNAL", ns("2026-05-05")
    catalog = write(
        tmp_path, [STOCK], bars=bars(kind, [(midnight, 1, 1, 1, 1)]),
        quotes=quotes(STOCK, [(ns("2026-05-04T14:00"), 1, 2), (midnight, 2, 3), (ns("2026-05-05T14:00"), 3, 4)]),
    )  # fmt: skip
    entries = {
        "Bar": {"type": "Bar", "bar_types": [kind]}, "QuoteTick": {"type": "QuoteTick", "instruments": ["SPY.SIM"]},
    }  # fmt: skip
    result = run(trial(
        catalog, strategy("Both", "BarsConfig", bar_type=kind, instrument_id="SPY.SIM"),
        start="2026-05-04", end="2026-05-06", data=[entries[name] for name in order], venues=[account(STOCK)],
    ))  # fmt: skip
    assert result.days == ("2026-05-04", "2026-05-05")
    assert [name for name, time in Both.heard if time == midnight] == list(order)
