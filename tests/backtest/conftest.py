"""A tiny catalog that most tests of the backtest share."""

import pytest

from tests.support import markets
from tests.support.markets import SECOND, ns
from tests.support.strategies import Score

T0 = ns("2026-05-04T14:00:00")


@pytest.fixture(scope="session")
def spy(tmp_path_factory):
    """Ten quotes of SPY, one a second: bid 100 … 109, ask 100.02 … 109.02; a score with quotes 2 and 5."""
    stock = markets.equity()
    rows = [(T0 + i * SECOND, 100.0 + i, 100.02 + i) for i in range(10)]
    scores = [Score(ts_event=T0 + i * SECOND, ts_init=T0 + i * SECOND, score=10.0 * i) for i in (2, 5)]
    return markets.write(tmp_path_factory.mktemp("spy"), [stock], quotes=markets.quotes(stock, rows), events=scores)
