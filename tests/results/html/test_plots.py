"""The plots as files."""

import re
import struct
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from sweep.results.html.plots import pictures, write
from sweep.results.report import Report
from tests.results.ledgers import written
from tests.support.commands import invoke


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return Report(written(tmp_path_factory.mktemp("png") / "made-00000000", fast=5, slow=6, days=150, edge=0.3))


def drawn(report: Report, name: str):
    axes = Figure().subplots()
    pictures(report)[name](axes)
    return axes


def test_what_the_sweep_allows_is_written_and_named(report, tmp_path):
    out = invoke("report", report.id, "--runs-dir", report.folder.path.parent, "--png", tmp_path / "png").stdout
    paths = write(report, tmp_path)
    assert {p.stem for p in paths} == {"equity", "luck", "walk-forward", "plateau", "importance", "heat"}
    assert all(str(tmp_path / "png" / p.name) in out for p in paths)
    for path in paths:
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        assert (width, height) == (1200, 675)


def test_thousands_are_separated_as_in_tables(report, tmp_path):
    texts = {p.stem: re.findall("<!-- (.*) -->", p.read_text()) for p in write(report, tmp_path, "svg")}
    numbers = [
        text for name in ("heat", "plateau", "equity") for text in texts[name] if re.fullmatch("\\W?[0-9.,]+", text)
    ]
    assert any("," in text for text in texts["heat"]), "the colour bar"
    assert {text for text in numbers if re.search("[0-9]{4}", text)} <= {"2016"}, "a year is no number"


def test_the_heat_map_is_the_mean_of_the_trials(report):
    axes = drawn(report, "heat")
    cells = np.asarray(axes.images[0].get_array())
    names = {axes.get_xlabel(): 0, axes.get_ylabel(): 1}
    assert set(names) == {"fast", "slow"}
    row = report.best()
    at = [0, 0]
    at[1 - names["fast"]], at[1 - names["slow"]] = row.params["strategy.fast"] - 1, row.params["strategy.slow"] - 10
    assert cells[tuple(at)] == pytest.approx(row.metrics["pnl_total"])
    assert np.isnan(cells).sum() == 1  # the trial that failed


def test_trials_that_break_a_bound_are_hatched_and_set_no_scale(tmp_path):
    # number n has 40 + n trades; number 2 failed: of six settings those with fast 1 keep the bound
    report = Report(written(tmp_path / "bounded-00000000", fast=2, slow=3, metric_constraints=["trades <= 42"]))
    axes = drawn(report, "heat")
    cells = np.asarray(axes.images[0].get_array())
    values = [row.metrics["pnl_total"] for row in report.leaders(9)]
    assert sorted(cells[np.isfinite(cells)]) == pytest.approx(sorted(values))
    assert len(values) == 2
    low, high = axes.images[0].get_clim()
    assert max(map(abs, values)) == pytest.approx(max(-low, high))
    (hatched,) = axes.collections
    assert np.ma.count(hatched.get_array()) == 3
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["no trial keeps trades <= 42"]


def test_where_no_trial_keeps_the_bounds_the_whole_map_is_hatched(tmp_path):
    axes = drawn(Report(written(tmp_path / "none-00000000", metric_constraints=["trades >= 1000"])), "heat")
    assert np.ma.count(axes.collections[0].get_array()) == 5


def test_the_equity_is_that_of_the_best_trials(report):
    axes = drawn(report, "equity")
    with report.folder.open() as ledger:
        for line, row in zip(axes.lines, report.leaders(10), strict=True):
            assert line.get_label() == f"trial {row.number}"
            growth = np.cumprod(1 + np.array(ledger.series(row.number)[1]))
            assert line.get_ydata()[len(growth)] == pytest.approx(growth[-1], rel=1e-6)


def test_every_plot_says_what_it_shows_and_in_which_unit(report):
    for name in pictures(report):
        axes = drawn(report, name)
        assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel(), name


def test_as_svg(report, tmp_path):
    options = ("--runs-dir", report.folder.path.parent, "--png", tmp_path, "--format", "svg")
    assert str(tmp_path / "equity.svg") in invoke("report", report.id, *options).stdout
    assert {path.suffix for path in tmp_path.iterdir()} == {".svg"}
    assert "Equity of the best trials" in (tmp_path / "equity.svg").read_text()  # as a comment beside its glyphs


def test_walk_forward_is_that_of_the_verdict(report):
    best, stitched = drawn(report, "walk-forward").lines
    walk = report.judged().findings.walk
    assert stitched.get_ydata()[-1] == pytest.approx(100 * walk.returns.sum())
    assert len(stitched.get_ydata()) == len(walk.returns)
    assert len(best.get_ydata()) == 150


def test_too_few_days_and_nothing_complete_leave_out_what_cannot_be(tmp_path):
    short = Report(written(tmp_path / "short-00000000"))
    assert {p.stem for p in write(short, tmp_path)} == {"equity", "plateau", "heat"}
    assert write(Report(written(tmp_path / "none-00000000", fast=0, slow=0)), tmp_path) == []


def test_several_objectives_have_a_front(tmp_path):
    both = [{"metric": "pnl_total", "direction": "maximize"}, {"metric": "trades", "direction": "minimize"}]
    report = Report(written(tmp_path / "front-00000000", fast=4, slow=4, objectives=both))
    others, front = drawn(report, "pareto").collections
    assert len(front.get_offsets()) == len(report.leaders(99))
    assert len(others.get_offsets()) + len(front.get_offsets()) == 15


def test_drawing_loads_no_browser_and_no_window_system(report: Report):
    code = f"""
import sys
from pathlib import Path
from sweep.results.report import Report
Report(Path({str(report.folder.path)!r})).write_png(Path({str(report.folder.path)!r}) / "png")
print(sorted(m for m in sys.modules if m in {{"kaleido", "tkinter", "matplotlib.pyplot", "plotly"}}))
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "[]"
