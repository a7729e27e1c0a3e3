"""Tearsheets from plain data."""

import gzip
import re
from base64 import b64decode

import pytest

from sweep.results import tearsheet as module
from sweep.results.tearsheet import draw, tearsheet
from sweep.spec.metric_table import METRIC_TABLE

STATS = {
    "figures": dict.fromkeys(METRIC_TABLE, None)
    | {"pnl_total": 12.5, "trades": 3, "win_rate": 0.4861, "holding_time": 7500.0},
    "currency": "USD",
}
DAYS = ("2026-05-04", "2026-05-05", "2026-05-08")
RETURNS = (0.01, -0.02, 0.005)


def page(script, days=DAYS, returns=RETURNS):
    return tearsheet(STATS, days, returns, "trial 7", script)


def test_inline_needs_nothing():
    html = page("inline")
    assert 'src="http' not in html
    assert "trial 7" in html
    assert "plotly.js v" in html
    assert len(html) > 4_000_000


def test_cdn_is_small():
    html = page("cdn")
    assert len(html) < 100_000
    assert re.search(r'<script src="https://cdn\.plot\.ly/plotly-[\d.]+\.min\.js"', html)
    assert "PLOTLYENV" in html


def test_packed_holds_the_same_script_and_starts_the_charts_after_it():
    html = page("packed")
    assert len(html) < 2_100_000
    assert 'src="http' not in html
    assert "plotly.js v" not in html
    (packed,) = re.findall(r'atob\("([A-Za-z0-9+/=]+)"\)', html)
    assert gzip.decompress(b64decode(packed)).decode() in page("inline")
    assert html.count('<script type="text/x-chart">') == 1
    assert "PLOTLYENV" in html.partition('<script type="text/x-chart">')[2]


def test_pages_without_the_script_are_drawn_without_it(monkeypatch):
    from plotly.basedatatypes import BaseFigure

    whole = BaseFigure.to_html
    drawn = []
    monkeypatch.setattr(module, "draw", lambda *arguments: drawn.append(draw(*arguments)) or drawn[-1])
    page("cdn"), page("packed"), page("inline")
    small, packed, inline = map(len, drawn)
    assert small == packed < 100_000 and inline > 4_000_000
    assert BaseFigure.to_html is whole


@pytest.mark.parametrize("name", METRIC_TABLE)
def test_the_table_has_every_metric_of_the_leaderboard(name):
    assert f'"{name}"' in page("cdn")


def test_figures_are_written_as_in_the_leaderboard_and_those_that_do_not_exist_are_dashes():
    html = page("cdn")
    assert all(text in html for text in ('"12.50"', '"48.6 %"', '"2 h 05 min"'))
    assert "nan" not in html.lower().replace("nanos", "")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_series(count):
    assert "trial 7" in page("cdn", DAYS[:count], RETURNS[:count])


def test_markup_in_a_title_is_text():
    assert "<script>alert" not in tearsheet(STATS, DAYS, RETURNS, "<script>alert(1)</script>", "cdn")
