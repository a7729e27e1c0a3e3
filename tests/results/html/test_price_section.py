"""The chart beside the ledger: read whole, or not at all."""

import json

import pytest

from sweep.results.html.price_section import closed_trades, is_stored, price_data, store_chart, stored_chart
from sweep.results.report import Report
from tests.results.ledgers import written

MARKET = {
    "id": "A.X",
    "currency": "USD",
    "seconds": 1,
    "first": 5,
    "decimals": 3,
    **{key: [0] for key in ("steps", "o", "h", "l", "c")},
}
TRADE = {
    "instrument": "A.X", "strategy": "", "side": "LONG", "quantity": 1, "opened": 5, "closed": None, "entry": 1.5,
    "exit": None, "pnl": -1, "stop": None, "target": 2.25,
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff", b"[" * 100_000, b"[]", b"null", b'{"trial": 1}', {"trial": "1"}, {"instruments": {}},
        {"instruments": [MARKET | {"decimals": 10**6}]}, {"instruments": [MARKET | {"o": [10**30]}]},
        {"instruments": [MARKET | {"id": 5}]}, {"trades": [TRADE | {"pnl": float("nan")}]},
        {"trades": [TRADE | {"opened": 10**15}]}, {"trades": [TRADE | {"pnl": "9"}]}, {"trades": [{}]},
    ],
    ids=range(15),
)  # fmt: skip
def test_a_file_that_is_no_chart_counts_as_none(tmp_path, content):
    folder = written(tmp_path / "made-00000000")
    with folder.open() as ledger:
        rows = list(ledger.rows())
    whole = {"key": rows[1].key, "trial": 1, "instruments": [MARKET], "trades": [TRADE]}
    folder.chart.write_bytes(content if isinstance(content, bytes) else json.dumps(whole | content).encode())
    assert price_data(folder, rows) is None and stored_chart(folder) is None


def test_a_chart_of_another_trial_is_not_shown(tmp_path):
    folder = written(tmp_path / "made-00000000")
    with folder.open() as ledger:
        rows = list(ledger.rows())
    assert price_data(folder, rows) is None
    store_chart(folder, rows[1], json.dumps({"instruments": [MARKET], "trades": [TRADE]}))
    content = {"key": rows[1].key, "trial": 1, "instruments": [MARKET], "trades": [TRADE]}
    assert price_data(folder, rows) == content
    assert is_stored(folder, rows[1]) and not is_stored(folder, rows[0])
    folder.chart.write_text(json.dumps(content | {"key": "of a trial that had other settings"}))
    assert price_data(folder, rows) is None
    page = Report(folder).write_html().read_text()
    assert 'id="price-chart"' not in page
    assert "<code>sweep report made-00000000</code> runs the best trial again" in page


def test_only_closed_trades_of_its_trial_have_their_hours():
    chart = {"key": "", "trial": 3, "instruments": [MARKET], "trades": [TRADE, TRADE | {"closed": 9}]}
    assert closed_trades(chart, 3) == [(5 * 10**9, -1)]
    assert closed_trades(chart, 4) == closed_trades(None, 3) == []
