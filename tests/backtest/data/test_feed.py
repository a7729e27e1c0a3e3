"""Data entries, strictly; what is cached is known by its content."""

import os

import pytest

from sweep.backtest.data import entries
from sweep.backtest.data import feed as data_feed
from sweep.backtest.data.feed import Feed
from sweep.backtest.data.trading_days import TradingDay
from sweep.backtest.data.windows import WindowCache
from sweep.errors import TrialError
from tests.support import markets
from tests.support.markets import SECOND, ns
from tests.support.strategies import Score

T0 = ns("2026-05-04T14:00:00")
SCORE = "tests.support.strategies:Score"


def entry(item):
    problems = []
    return entries.entry(item, 0, problems), {p.where: (p.rule, p.remedy) for p in problems}


@pytest.mark.parametrize(
    ("item", "where", "rule"),
    [
        ("QuoteTick", "data.0", "mapping with a 'type'"),
        ({"instruments": ["SPY.ARCA"]}, "data.0", "mapping with a 'type'"),
        ({"type": "QuoteTik", "instruments": ["SPY.ARCA"]}, "data.0.type", "no kind of data"),
        ({"type": "QuoteTick"}, "data.0.instruments", "needs a list"),
        ({"type": "QuoteTick", "instruments": []}, "data.0.instruments", "needs a list"),
        ({"type": "QuoteTick", "instruments": "SPY.ARCA"}, "data.0.instruments", "needs a list"),
        ({"type": "QuoteTick", "instruments": ["SPY"]}, "data.0.instruments", "InstrumentId"),
        ({"type": "QuoteTick", "instruments": ["SPY.ARCA", "SPY.ARCA"]}, "data.0.instruments", "twice"),
        ({"type": "QuoteTick", "instruments": ["SPY.ARCA"], "bars": 1}, "data.0.bars", "no key 'bars'"),
        ({"type": "Bar", "instruments": ["SPY.ARCA"]}, "data.0.bar_types", "needs a list"),
        ({"type": "Bar", "bar_types": ["SPY.ARCA-1-MINUTE"]}, "data.0.bar_types", "BarType"),
        ({"type": "Bar", "bar_types": ["SPY.ARCA-1-MINUTE-LAST-INTERNAL"]}, "data.0.bar_types", "not in a catalog"),
        ({"type": "tests.support.strategies:Scores"}, "data.0.type", "has no 'Scores'"),
        ({"type": "tests.support.strategies:Scripted"}, "data.0.type", "@customdataclass"),
    ],
)
def test_what_is_refused(item, where, rule):
    built, rules = entry(item)
    assert built is None
    assert rule in rules[where][0]


def test_what_is_taken():
    quotes, _ = entry({"type": "QuoteTick", "instruments": ["SPY.ARCA", "QQQ.ARCA"]})
    assert quotes.identifiers == ("QQQ.ARCA", "SPY.ARCA")
    bars, _ = entry({"type": "Bar", "bar_types": ["SPY.ARCA-1-MINUTE-LAST-EXTERNAL"]})
    assert bars.instruments == ("SPY.ARCA",)
    scores, _ = entry({"type": SCORE})
    assert (scores.kind, scores.instruments) == ("Score", ())


def test_data_in_two_entries_would_come_twice():
    one, _ = entry({"type": "QuoteTick", "instruments": ["SPY.ARCA"]})
    two, _ = entry({"type": "QuoteTick", "instruments": ["SPY.ARCA", "QQQ.ARCA"]})
    trades, _ = entry({"type": "TradeTick", "instruments": ["SPY.ARCA"]})
    assert [p.value for p in entries.overlaps([one, two, trades])] == ["SPY.ARCA"]


def feed(catalog, end=T0 + 100 * SECOND):
    item, _ = entry({"type": "QuoteTick", "instruments": ["SPY.ARCA"]})
    return Feed(catalog, [item], T0, end)


@pytest.fixture
def catalog(tmp_path):
    stock = markets.equity()
    return markets.write(
        tmp_path, [stock], quotes=markets.quotes(stock, [(T0 + i * SECOND, 1.0, 1.01) for i in range(5)])
    )


def test_changed_content_is_other_content(catalog, tmp_path):
    before = feed(catalog).identity
    assert feed(catalog).identity == before
    assert feed(catalog, T0 + 99 * SECOND).identity != before
    (file,) = tmp_path.glob("data/quotes/*/*.parquet")
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    assert feed(catalog).identity != before


def test_the_newest_definition_before_the_end_counts(tmp_path):
    old, new = markets.equity(margin="0.5"), markets.equity(margin="0.25")
    rows = markets.quotes(old, [(T0, 1.0, 1.01)])
    catalog = markets.write(tmp_path, [old, new], quotes=rows)
    (definition,) = feed(catalog).instruments()
    assert definition.margin_init in {old.margin_init, new.margin_init}


def test_the_first_price_is_the_first_in_the_period(catalog):
    late = Feed(catalog, feed(catalog).entries, T0 + 1, T0 + 10 * SECOND)
    survey = late.survey(WindowCache(0))
    (first,) = late.first_prices(survey, "SPY.ARCA")
    assert first.ts_init == T0 + SECOND
    assert late.first_prices(survey, "QQQ.ARCA") == []


def test_a_survey_counts_the_rows_of_the_period_without_decoding(catalog):
    survey = Feed(catalog, feed(catalog).entries, T0 + 1, T0 + 3 * SECOND).survey(WindowCache(0))
    assert (survey.rows("QuoteTick"), survey.rows("QuoteTick", "SPY.ARCA"), survey.rows("QuoteTick", "QQQ")) == (
        2,
        2,
        0,
    )
    (file,) = survey.files
    assert (file.instrument, file.precision, file.first) == ("SPY.ARCA", (2, 0), T0 + SECOND)


def test_a_file_that_is_no_parquet(catalog, tmp_path):
    (file,) = tmp_path.glob("data/quotes/*/*.parquet")
    file.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(TrialError, match="cannot read"):
        feed(catalog).survey(WindowCache(0))


def test_data_of_few_rows_is_decoded_for_many_windows_at_once(tmp_path, monkeypatch):
    """A query costs milliseconds whatever it finds; no event is lost between the blocks."""
    stock = markets.equity()
    rows = [(T0 + i * SECOND, 1.0, 1.01) for i in range(2400)]
    scores = [Score(ts_event=t, ts_init=t, score=1.0) for t in range(T0, T0 + 2400 * SECOND, 200 * SECOND)]
    path = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rows), events=scores)
    entries = [entry({"type": "QuoteTick", "instruments": ["SPY.ARCA"]})[0], entry({"type": SCORE})[0]]
    feed, queried = Feed(path, entries, T0, T0 + 2400 * SECOND), []
    query = Feed.query
    monkeypatch.setattr(Feed, "query", lambda s, item, bounds: queried.append(item.kind) or query(s, item, bounds))
    days = [TradingDay("2026-05-04", feed.start, feed.end)]
    windows = list(feed.windows(feed.survey(WindowCache(0)), days, 150, WindowCache(0)))
    assert queried.count("QuoteTick") == len(windows) > data_feed.BLOCK
    assert queried.count("Score") == -(-len(windows) // data_feed.BLOCK)
    held = [b for w in windows for b in w.part.batches]
    assert [e.ts_init for b in held if b.entry.custom for e in b.events] == [e.ts_init for e in scores]
    assert sum(len(b.events) for b in held if not b.entry.custom) == 2400
