"""Format of figures and progress."""

import io

import pytest

from sweep.cli import console
from sweep.errors import Problem


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (None, "pnl_total", "–"),
        (1234.5, "pnl_total", "1,234.50"),
        (-0.004, "pnl_total", "-0.00"),
        (0.625, "win_rate", "62.5 %"),
        (0.01234, "max_drawdown", "1.23 %"),
        (12345, "trades", "12,345"),
        ("x", "", "x"),
    ],
)
def test_a_figure(value, name, text):
    assert console.figure(value, name) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0.04, "0.0 s"), (9.94, "9.9 s"), (45, "45 s"), (600, "10 min"), (7200, "2.0 h")],
)
def test_a_span(seconds, text):
    assert console.span(seconds) == text


def test_a_parameter_is_shown_as_it_was_given():
    values = (25_000_000, 0.1, "x", True, None, [1])
    assert [console.parameter(v) for v in values] == ["25,000,000", "0.1", "x", "True", "None", "[1]"]


def test_a_model_as_a_parameter_is_its_class_and_its_arguments():
    model = {"type": "sweep.costs:SpreadFeeModel", "spread_bps": 2}
    assert console.parameter(model) == "SpreadFeeModel spread_bps=2"
    assert console.parameter({"start": "2026-05-04"}) == "start=2026-05-04"


def test_short_names_only_where_they_are_unambiguous():
    names = ["strategy.a", "venues.X.a", "strategy.b"]
    assert [console.short(n, names) for n in names] == ["strategy.a", "venues.X.a", "b"]


def test_how_far_a_file_has_been_read(monkeypatch, capsys):
    monkeypatch.setattr(console, "QUIET", 0.0)
    with console.reading() as show:
        show("x.csv", 0.25, 12_345)
    assert capsys.readouterr().err == "25%, 12,345 rows of x.csv\n"
    monkeypatch.setattr(console, "QUIET", 3600.0)
    with console.reading() as show:
        show("x.csv", 0.25, 12_345)
    assert capsys.readouterr().err == ""


def test_mistakes_are_one_block(monkeypatch):
    page = io.StringIO()
    monkeypatch.setattr(console, "err", console.SafeConsole(file=page, width=200))
    console.mistakes([Problem("a.b", "is [wrong]", "x", "write y", line=3), Problem("c", "is missing")], "spec.yaml")
    assert page.getvalue().splitlines() == [
        "spec.yaml: 2 mistakes, nothing was started",
        "  line 3, a.b: is [wrong] (was 'x')",
        "      write y",
        "  c: is missing",
    ]


def test_of_thousands_of_mistakes_the_first_are_shown_and_how_many_more_there_are(monkeypatch):
    page = io.StringIO()
    monkeypatch.setattr(console, "err", console.SafeConsole(file=page, width=200))
    console.mistakes([Problem(f"k{n}", "is unknown") for n in range(3_000)], "spec.yaml")
    lines = page.getvalue().splitlines()
    assert lines[0] == "spec.yaml: 3000 mistakes, nothing was started"
    assert len(lines) == 1_002
    assert lines[-1].strip() == "and 2,000 more mistakes, the last one in k2999: correct those above first"
