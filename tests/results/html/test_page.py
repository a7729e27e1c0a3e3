"""The report as a file, and in a browser."""

import json
import math
import re
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
import yaml

from sweep.backtest.chart.candles import MOST, Candles
from sweep.backtest.chart.price_chart import chart_content
from sweep.backtest.records import BacktestRecord, Position
from sweep.executors.worker.run_trial import CHARTED
from sweep.ledger.run_directory import Folder
from sweep.results.html.figure_texts import shown
from sweep.results.html.page_data import units
from sweep.results.html.price_section import store_chart
from sweep.results.report import Report
from sweep.spec.metric_table import formatted
from tests.results.ledgers import divide, measured, written
from tests.support import ledgers
from tests.support.browser import browser

LIMIT = 3 * 2**20  # bytes of a report of 10,000 trials
DRAWN = {
    "equity", "history", "plateau", "heat", "importance", "parallel", "luck", "walk", "halves", "rank", "worker",
}  # fmt: skip
FIGURES = {  # values to write in the browser and by Python
    "pnl_total": (1901.0, -0.004, 1234567.891), "max_drawdown": (0.0123456, 1.0), "win_rate": (0.48649,),
    "trades": (37, 12345), "holding_time": (12.34, 90.0, 7500.0, 200000.0), "sharpe_ratio": (-1.005, 12.3456),
}  # fmt: skip
BEFORE_PRINT = """addEventListener('beforeprint', () => {
  ink = style('--ink');
  wide = document.querySelector('#equity-chart .main-svg').getBoundingClientRect().width;
  const is = query => getComputedStyle(document.querySelector(query));
  rules = [is('#board thead').breakInside, is('#board .sort').display, is('#verdict > p:last-child').breakAfter];
  spec = document.querySelector('details pre');
  spec.textContent += '\\n' + 'x'.repeat(200);
  fits = spec.scrollWidth <= spec.clientWidth;
})"""
PAPER = "document.getElementById('parallel-print').getContext('2d').getImageData(0, 0, 1920, 640)"
WIDE, PHONE = (1280, 900), (390, 844)


def page(folder: Folder) -> str:
    path = Report(folder).write_html()
    assert path == folder.path / "report.html"
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return written(tmp_path_factory.mktemp("html") / "made-00000000", fast=5, slow=6, days=150, edge=0.3)


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    plain = written(tmp_path_factory.mktemp("portfolio") / "two-00000000", fast=5, slow=6, days=150, edge=0.3)
    return divide(plain, "scores_of_the_first_stock", "scores_of_the_second_stock")


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return written(tmp_path_factory.mktemp("short") / "short-00000000")


def test_it_says_what_was_found_and_what_was_run(folder):
    report, text = Report(folder), page(folder)
    verdict = report.verdict()
    assert f'<h1 class="word {verdict.word.replace(" ", "-")}">' in text
    for criterion in verdict.criteria:
        assert criterion.asks in text
    for text_part in ("ab" * 32, "engine 1", "QuoteTick SPY.ARCA", "module:Strategy", "29 COMPLETE, 1 FAILED"):
        assert text_part in text
    assert f"sweep replay {report.id} {report.best().number}" in text
    assert "<td>strategy error</td>" in text


def test_a_message_is_text_not_markup(folder):
    text = page(folder)
    assert "ValueError: &lt;b&gt;boom&lt;/b&gt;" in text
    assert "<b>boom" not in text


def test_it_refers_to_nothing_outside(folder):
    text = re.sub(r'atob\("[^"]+"\)', "", page(folder))
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest", text)


def test_too_few_days_leave_out_what_has_no_meaning(short):
    text = page(short)
    assert "Inconclusive" in text
    for section in ("luck", "walk", "halves"):
        assert f'<section id="{section}">' not in text
    assert '<section id="heat">' in text


def test_a_sweep_without_a_complete_trial_and_one_without_parameters(tmp_path: Path):
    assert "None of 0 trials is complete" in page(written(tmp_path / "none-00000000", fast=0, slow=0))
    one = page(written(tmp_path / "one-00000000", fast=1, slow=1))
    assert "the only trial" in one


def test_an_adaptive_search_shows_no_halves(tmp_path: Path):
    search = {"method": "optuna", "sampler": "tpe", "space": {}}
    text = page(written(tmp_path / "tpe-00000000", fast=4, slow=4, days=80, search=search))
    assert "Not shown: an adaptive search" in text
    assert 'id="rank-chart"' not in text


def test_in_a_notebook(folder, tmp_path):
    text = Report(folder)._repr_html_()
    assert Report(folder).verdict().sentence.partition(":")[2][:30] in text
    assert text.count("<tr>") == 11
    assert "<script" not in text
    assert "none of 0 trials" in Report(written(tmp_path / "none-00000000", fast=0, slow=0))._repr_html_()


def test_values_as_people_read_them():
    assert [shown(v) for v in (None, 12345, 0.123456, 1234.5, "a", True, [1])] == [
        "–", "12,345", "0.1235", "1,234.50", "a", "True", "[1]",
    ]  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(
    ("size", "dark"),
    [
        pytest.param(WIDE, False, id="desktop-light", marks=pytest.mark.slow),
        pytest.param(PHONE, True, id="phone-dark"),
        pytest.param(WIDE, True, id="desktop-dark", marks=pytest.mark.slow),
        pytest.param(PHONE, False, id="phone-light", marks=pytest.mark.slow),
    ],
)
def test_it_opens_without_an_error_and_without_the_network(portfolio, size, dark):
    assert "Strategies of the best trial" in page(portfolio)
    with browser() as b:
        b.show(portfolio.path / "report.html", *size, dark=dark)
        drawn = draw(b)
        assert b.errors == []
        assert {url.partition(":")[0] for url in b.requests} <= {"file", "data", "blob"}
        assert drawn == DRAWN
        assert b.run("document.documentElement.scrollWidth") == size[0]  # a phone widens innerWidth to what sticks out
        light = b.run("getComputedStyle(document.body).backgroundColor") == "rgb(247, 248, 250)"
        assert light is not dark


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("is_seen", [False, True])
def test_all_of_it_is_printed_on_the_sheet_though_nobody_scrolled(folder, is_seen):
    page(folder)
    with browser() as b:
        b.show(folder.path / "report.html", *WIDE, dark=True)
        b.wait("'Plotly' in window")
        if is_seen:  # as wide as the screen
            assert draw(b, "equity")
        b.run(BEFORE_PRINT)
        b.call("Page.printToPDF", preferCSSPageSize=True)
        assert {short_name(name) for name in b.run("[...drawn.keys()]")} == DRAWN
        assert (b.run("ink"), b.run("wide <= 960")) == ("#1c2430", True)  # dark on white, within the sheet
        assert b.run("rules") == ["avoid", "contents", "auto"]  # names of columns on each sheet; a chart stays whole
        assert b.run("fits")  # no line of the spec is cut
        assert b.run("style('--ink')") != "#1c2430"  # the screen is dark again
        assert b.run(f"new Set({PAPER}.data).size > 9")  # lines in many shades
        assert b.errors == []


@pytest.mark.browser
def test_figures_have_the_format_of_the_command_line(folder):
    page(folder)
    with browser() as b:
        b.show(folder.path / "report.html", *WIDE)
        b.wait("'Plotly' in window")
        for name, values in FIGURES.items():
            unit = json.dumps(units([name])[name])
            assert [b.run(f"formatted({v!r}, {unit})") for v in values] == [formatted(v, name) for v in values]
        assert b.run("[formatted(null, ['money', 2]), formatted(0.00123456, undefined)]") == ["–", "0.001235"]


@pytest.mark.browser
@pytest.mark.slow
def test_the_course_of_the_search_and_the_falls_of_the_equity(folder):
    page(folder)
    with browser() as b:
        b.show(folder.path / "report.html", *WIDE)
        draw(b, "history", "equity")
        best = b.run("document.getElementById('history-chart').data[1].y")
        with folder.open() as ledger:
            values = [row.metrics.get("pnl_total") for row in ledger.rows()]
        expected = list(accumulate((v if v is not None else -math.inf for v in values), max))
        assert best == pytest.approx(expected, rel=1e-5)
        b.run("byId('history-by').value = 'seconds'; history()")
        assert b.run("document.getElementById('history-chart').data[1].x") == pytest.approx(
            [0.5 * n for n in range(1, 31)]
        )
        curves = b.run("data.equity.curves.map(c => c.values)")
        falls = b.run(
            "document.getElementById('equity-chart').data.filter(t => t.yaxis === 'y2').map(t => t.y).reverse()"
        )
        for values, fall in zip(curves, falls, strict=True):
            per_cent = 100 * (np.array(values) / np.maximum.accumulate(values) - 1)
            assert fall == pytest.approx(list(per_cent), abs=1e-10)
        b.run("byId('equity-scale').value = 'log'; equity()")
        assert b.run("document.getElementById('equity-chart').layout.yaxis.type") == "log"
        assert b.errors == []


@pytest.mark.browser
def test_the_table_sorts_filters_and_turns_pages(folder, tmp_path):
    page(folder)
    best = Report(folder).best()
    with browser() as b:
        b.show(folder.path / "report.html", *WIDE)
        b.wait("document.querySelector('#board td') !== null")

        def first(column: int) -> str:
            return b.run(f"document.querySelector('#board tr:nth-child(2) td:nth-child({column})').textContent")

        assert first(1) == str(best.number)
        names = b.run("columns")
        assert (names[:3], names[-4:]) == (
            ["trial", "pnl_total", "sharpe_ratio"],
            ["neighbours", "fast", "slow", "state"],
        )
        b.run("[...document.querySelectorAll('#board th')].find(t => t.textContent.startsWith('trial')).click()")
        assert first(1) == "0"
        b.run("document.getElementById('next').click()")
        assert b.run("document.getElementById('range').textContent") == "26–30"
        ask(b, "slow = 12, fast >= 4")
        assert b.run("document.getElementById('matches').textContent") == "2 of 30"
        ask(b, "state = FAILED")
        assert first(1) == "2"
        ask(b, "nonsense > 3")
        assert b.run("document.getElementById('matches').textContent") == "not understood: nonsense > 3"


@pytest.mark.browser
def test_importance_and_the_front_are_drawn_from_what_the_report_says(tmp_path):
    both = [{"metric": "pnl_total", "direction": "maximize"}, {"metric": "trades", "direction": "minimize"}]
    folder = written(tmp_path / "front-00000000", fast=4, slow=4, objectives=both)
    page(folder)
    report = Report(folder)
    with browser() as b:
        b.show(folder.path / "report.html", *WIDE)
        assert {"pareto", "importance"} <= draw(b, "pareto", "importance")
        front = [row.number for row in report.leaders(99)]
        drawn = b.run("document.getElementById('pareto-chart').data.slice(1).map(t => t.text)")
        assert sorted(drawn[0]) == sorted(f"trial {n}" for n in front)
        assert drawn[1] == [f"trial {front[0]}"]
        shares = report.importance()
        assert b.run("document.getElementById('importance-1').data[0].x") == pytest.approx(
            [100 * share for share in reversed(shares["trades"].values())]
        )
        assert b.errors == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_slice_changes_the_heat_map(folder, tmp_path):
    page(folder)
    with browser() as b:
        b.show(folder.path / "report.html", *WIDE)
        draw(b, "heat")
        cells = "JSON.stringify(document.getElementById('heat-0').data[0].z)"
        whole = b.run(cells)
        b.run("document.getElementById('slice-strategy.fast').value = 1; heat()")
        assert b.run(cells) != whole
        assert b.errors == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_sweep_without_a_complete_trial_and_very_long_names_are_whole(tmp_path):
    name = "strategy." + "_".join(["a_name_that_does_not_fit_a_phone"] * 3)
    space = {name: [1, 2], f"{name}_2": ["module.of.a.package:ClassWithALongName"]}
    failed, long = (ledgers.folder(tmp_path, n) for n in ("failed", "-".join(["long"] * 30)))
    for folder, metrics in ((failed, None), (long, {"pnl_total": 1.0, "trades": 3})):
        folder.path.mkdir()
        spec = {**ledgers.BACKTEST, "name": folder.name, "search": {"method": "grid", "space": space}}
        folder.spec.write_text(yaml.safe_dump(spec))
        points = ({name: n, f"{name}_2": space[f"{name}_2"][0]} for n in (1, 2))
        page(ledgers.write(folder, [(point, metrics) for point in points]))
        with browser() as b:
            b.show(folder.path / "report.html", *PHONE)
            b.wait("'Plotly' in window")
            b.run("drawAll()")
            assert b.run("document.documentElement.scrollWidth") == PHONE[0]
            assert b.run("document.querySelectorAll('#board tr').length") == 3
            assert b.run("byId('choice') !== null") is (metrics is not None)
            hidden = b.run("[...document.querySelectorAll('section')].filter(s => s.hidden).map(s => s.id)")
            assert hidden == ([] if metrics else ["history", "heat", "parallel"]), "no empty section"
            labels = "byId('parallel-chart').data?.[0].dimensions.map(d => d.label.length) ?? []"
            assert max(b.run(labels), default=0) < 30, "titles of lines do not lie on each other"
            assert b.errors == []


@pytest.mark.slow
@pytest.mark.browser
def test_cells_whose_trials_break_a_bound_are_crossed_and_set_no_scale(tmp_path):
    # number n has 40 + n trades, number 2 failed: 0 and 1 keep the bound
    bounded = written(tmp_path / "bounded-00000000", fast=2, slow=3, metric_constraints=["trades <= 41"])
    page(bounded)
    with browser() as b:
        b.show(bounded.path / "report.html", *WIDE)
        draw(b, "heat", "history", "plateau", "parallel")
        values, broken = b.run("document.getElementById('heat-0').data.map(t => t.z.flat().filter(v => v !== null))")
        best = {row.metrics["pnl_total"] for row in Report(bounded).leaders(9)}
        assert sorted(values) == pytest.approx(sorted(best), rel=1e-5)
        assert broken == [1, 1, 1]
        assert b.run("document.getElementById('heat-0').data[0].zmax") == pytest.approx(max(map(abs, best)), rel=1e-5)
        assert "keeps trades <= 41" in b.run("document.getElementById('heat-legend').textContent")
        assert b.run("document.getElementById('history-chart').data.map(t => t.visible ?? true)") == [
            True,
            "legendonly",
            True,
        ]
        crossed = "[...document.querySelectorAll('#board tr.breaks td:first-child')].map(td => +td.textContent)"
        assert sorted(b.run(crossed)) == [3, 4, 5]
        assert b.run("rows.slice(0, 2).map(n => number[n])") == [row.number for row in Report(bounded).leaders(9)]
        b.run("document.getElementById('heat-how').value = 'trials'; heat()")
        assert b.run("document.getElementById('heat-0').data[0].z.flat().filter(v => v !== null)") == [1] * 5
        assert b.errors == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(300)  # makes and judges 10,000 trials
def test_ten_thousand_trials_stay_small_and_usable(tmp_path):
    folder = measured(written(tmp_path / "big-00000000", fast=100, slow=100, days=250))
    store_chart(folder, Report(folder).best(), longest_chart())
    text = page(folder)
    assert len(text.encode()) < LIMIT
    assert re.search(r"\d+ more of each trial are in <code>trials.parquet", text)
    with browser() as b:
        b.show(folder.path / "report.html", *WIDE)
        draw(b)
        ask(b, "trades >= 5000")
        assert b.run("document.getElementById('matches').textContent") == "5,040 of 10,000"
        assert b.errors == []


def longest_chart() -> str:
    """As many candles and trades as a sweep draws at its end, of a random walk in cents."""
    random = np.random.default_rng(1)
    walk = np.round(450 + np.cumsum(random.normal(0, 0.05, (MOST, 4)), axis=0), 2)
    opens, closes = walk[:, 0], walk[:, 3]
    market = Candles(
        60, 1_700_000_000 // 60 * 60 + 60 * np.arange(MOST), opens, walk.max(1), walk.min(1), closes, "USD"
    )
    trades = []
    for n in range(CHARTED):
        begin = int((1_700_000_000 + 700 * n + random.integers(600)) * 1e9)
        entry, end, pnl = float(opens[n]), begin + int(random.integers(600) * 1e9), float(random.normal(0, 50))
        trades.append(
            Position(
                begin, end, begin, "SPY.ARCA", "LONG", 10.0, entry, float(closes[n]), pnl, 0.0, f"o{n}", "c", f"p{n}"
            )
        )
    record = BacktestRecord("USD", 1e5, (), (), (), tuple(trades), (), {}, {}, list, lambda _: [])
    return json.dumps(chart_content(record, {"SPY.ARCA": market}))


def ask(b, text: str) -> None:
    b.run(f"f = document.getElementById('filter'); f.value = {text!r}; f.oninput()")


def short_name(chart: str) -> str:
    return chart.removesuffix("-chart").removesuffix("-charts")


def draw(b, *names: str) -> set[str]:
    """Scroll until these charts, or all, are drawn; the names of all that are drawn."""
    b.wait("'Plotly' in window")
    for name in b.run("Object.keys(charts).filter(id => document.getElementById(id))"):
        if names and short_name(name) not in names:
            continue
        b.run(f"document.getElementById('{name}').scrollIntoView()")
        b.wait(f"drawn.has('{name}') && document.querySelector('#{name} .main-svg, #{name} canvas') !== null")
    return {short_name(name) for name in b.run("[...drawn.keys()]")}
