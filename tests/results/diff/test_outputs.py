"""The files of a comparison say what the comparison says."""

import json
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from sweep.results.diff import outputs
from sweep.results.diff.decisions import compare
from tests.results.diff.test_decisions import ONE, OTHER
from tests.support.browser import browser


def test_the_files_hold_every_pair_and_the_sums(tmp_path):
    comparison = compare(ONE, OTHER)
    assert outputs.write(tmp_path, comparison, []) == ["diff.parquet", "diff.json", "diff.html"]
    table = pq.read_table(tmp_path / "diff.parquet").to_pandas()
    assert list(table["kinds"]) == ["", "side", "size", "exit", "only A", "only B"]
    assert list(table["agrees"]) == [True, False, False, False, False, False]
    assert table["pnl_difference"].sum() == -2.75
    assert table["b.time"].isna().sum() == 1
    document = json.loads((tmp_path / "diff.json").read_text())
    assert document["pnl"]["difference"] == "-1.75"
    assert document["pnl"]["beside"] == "1.00"
    page = (tmp_path / "diff.html").read_text()
    assert "16.67 %" in page
    assert "src=" not in page.partition("<body>")[2].partition("<script")[0]
    assert page.count('<script type="text/x-chart">') == 2
    assert "-1.75" in page


def test_thresholds():
    comparison = compare(ONE, OTHER)
    met, broken = outputs.checks(comparison, 16.6, None), outputs.checks(comparison, 16.7, 83.3)
    assert [c.passed for c in met] == [True]
    assert [c.passed for c in broken] == [False, False]
    assert outputs.checks(comparison, None, 83.4)[0].passed
    assert outputs.checks(comparison, None, None) == []


def test_money_has_cents_and_loses_no_digit():
    assert [outputs.money(Decimal(v)) for v in ("-1441.0", "0", "0.00012345", "7.25")] == [
        "-1,441.00", "0.00", "0.00012345", "7.25",
    ]  # fmt: skip
    assert outputs.money(None) == ""


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_draws_its_charts_without_a_network(tmp_path):
    outputs.write(tmp_path, compare(ONE, OTHER), [])
    with browser() as page:
        for width in (1280, 400):
            page.show(tmp_path / "diff.html", width)
            page.wait("document.querySelectorAll('.main-svg').length >= 2")
            assert page.run("document.documentElement.scrollWidth") == width
        assert page.errors == []
        assert [r for r in page.requests if not r.startswith(("file:", "data:", "blob:"))] == []
