"""The table of the best trials on terminals of any width."""

import io
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sweep.cli import console
from sweep.cli.tables.leaderboard import leaderboard
from sweep.ledger.ledger import Row
from sweep.trial import State

METRICS = {"pnl_total": -1_234_567.5, "win_rate": 0.5, "trades": 3, "max_drawdown": 0.0123, "fees": 1.0, "mine": 2.5}


def row(number: int, warnings: tuple[str, ...] = (), **params: Any) -> Row:
    return Row(
        number, "k", params, State.COMPLETE, None, "", "", dict(METRICS), warnings, {}, 1, 1, 2, "", None
    )  # fmt: skip


def drawn(width: int, *rows: Row, objectives: tuple[str, ...] = ("mine",)) -> str:
    page = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console, "out", console.SafeConsole(file=page, width=width))
        console.out.print(leaderboard(rows, "", *objectives))
    return page.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_objective_pnl_trades_and_drawdown_are_always_whole(width: int):
    many = {f"parameter_{n}": n * 1000 for n in range(12)}
    page = drawn(width, row(17, warnings=("careful",), **many), row(2, **many))
    for figure in ("2.50", "-1,234,567.50", "1.23 %"):
        assert page.count(figure) == 2
    assert max(map(len, page.splitlines())) <= width
    assert all(f"parameter_{n}" in page for n in range(12))
    assert page.count("trial") > 1


def test_all_parameters_come_before_further_figures():
    assert "win_rate" not in drawn(80, row(1, lookback=10, stop=0.25))
    assert "stop" in drawn(80, row(1, lookback=10, stop=0.25))
    assert "win_rate" in drawn(200, row(1, lookback=10, stop=0.25))


def test_a_long_value_is_cut_and_hides_no_figure():
    page = drawn(80, row(1, weights="x" * 200))
    assert "x" * 20 in page
    assert "…" in page
    assert "-1,234,567.50" in page


def test_a_parameter_with_the_name_of_a_figure_stands_beside_it():
    page = drawn(200, row(1, **{"strategy.max_drawdown": 7, "n" * 30 + "a": 123, "n" * 30 + "b": 456}))
    assert "1.23 %" in page
    assert "params.max_drawdown" in page
    assert "123" in page
    assert "456" in page


@pytest.mark.parametrize("value", ["[close]", "[/x]", "[bold red]", "a\nb", "[link=http://x]y"])
def test_what_looks_like_markup_is_shown_as_it_is(value: str):
    assert " ".join(value.split()) in drawn(120, row(1, side=value))


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=40), st.text(max_size=60) | st.integers()), max_size=9),
    st.integers(72, 250),
)
@example([("max_drawdown", ""), ("trial", 1), ("x.max_drawdown", "a")], 72)
@example([("n" * 30 + "a", 1), ("n" * 30 + "b", 2)], 250)
def test_no_parameter_pushes_a_figure_off(params, width):
    page = drawn(width, row(1, **{f"p.{name}": value for name, value in params}))
    assert "-1,234,567.50" in page
    assert "1.23 %" in page


def test_named_columns_stand_in_place_of_the_usual_ones():
    page = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console, "out", console.SafeConsole(file=page, width=200))
        console.out.print(leaderboard([row(1, stop=0.25)], "", "mine", columns=("fees", "beta")))
    heading, _, cells = page.getvalue().splitlines()[1:4]
    assert heading.split() == ["trial", "mine", "fees", "beta", "stop"]
    assert cells.split() == ["1", "2.50", "1.00", "–", "0.25"]
