"""Callbacks that the engine never calls are found before anything runs; callbacks that work are left alone."""

from pathlib import Path

import pytest
from nautilus_trader.trading import Strategy

from sweep.backtest.user_code.source_checks.callback_names import RENAMED, called, never_called, new_names
from tests.support.written_modules import line_of, write_module

CALLED = called(Strategy)


def found(module, name="S"):
    """(line, remedy) of each finding in a class of a written module."""
    return [(f.line, f.remedy) for f in never_called(getattr(module, name), [Path(module.__file__)])]


@pytest.mark.parametrize("old", RENAMED)
def test_each_name_of_1x_is_refused_with_the_names_of_2_0(old, tmp_path, monkeypatch):
    module = write_module(tmp_path, monkeypatch, f"class S(Strategy):\n    def {old}(self, event): pass\n")
    assert found(module) == [(5, f"rename it to {' or '.join(RENAMED[old])}")]
    new = Path(module.__file__).read_text().replace(old, RENAMED[old][0])
    assert not found(write_module(tmp_path, monkeypatch, new, head=""))  # the remedy helps


def test_every_new_name_is_one_that_the_engine_calls():
    assert {name for names in RENAMED.values() for name in names} <= CALLED
    assert not CALLED & RENAMED.keys()


@pytest.mark.parametrize(
    ("name", "meant"),
    [("on_qoute", "on_quote"), ("on_bars", "on_bar"), ("on_order_fill", "on_order_filled"), ("on_trades", "on_trade"),
     ("on_position_close", "on_position_closed"), ("on_strat", "on_start")],
)  # fmt: skip
def test_a_misspelt_name_is_refused_with_the_nearest(name, meant, tmp_path, monkeypatch):
    module = write_module(tmp_path, monkeypatch, f"class S(Strategy):\n    def {name}(self, *args): pass\n")
    assert found(module) == [(5, f"rename it to {meant}, or call it somewhere")]


def test_all_of_a_class_and_its_bases_at_once_each_with_its_line(tmp_path, monkeypatch):
    module = write_module(
        tmp_path,
        monkeypatch,
        """
        class Mixin:
            def on_order_book(self, book): pass

        class Base(Strategy):
            def on_quote_tick(self, tick): pass
            def on_start(self): pass

        class S(Mixin, Base):
            def on_event(self, event):
                super().on_event(event)
        """,
    )
    expected = ["def on_event", "def on_order_book", "def on_quote_tick"]
    assert [line for line, _ in found(module)] == [line_of(module, text) for text in expected]


@pytest.mark.parametrize(
    "body",
    [
        "def on_quote(self, q): self.on_quote_tick(q)\n    def on_quote_tick(self, q): pass",
        "def on_quote(self, q): pass\n    on_quote_tick = on_quote",  # one class for 1.x and 2.0
        "def on_start(self): self.clock.set_timer_ns('x', 1, callback=self.on_timer)\n    def on_timer(self, e): pass",
        "def on_start(self): self.subscribe_topic('x', getattr(self, 'on_event'))\n    def on_event(self, e): pass",
        "def on_entry_found(self, price): pass",  # resembles nothing
        "\n    ".join(f"def {name}(self, *args): pass" for name in sorted(CALLED)),
    ],
)
def test_what_is_called_by_the_engine_or_by_the_users_code_is_left_alone(body, tmp_path, monkeypatch):
    assert not found(write_module(tmp_path, monkeypatch, f"class S(Strategy):\n    {body}\n"))


def test_a_call_in_a_helper_module_counts(tmp_path, monkeypatch):
    helper = write_module(tmp_path, monkeypatch, "def dispatch(strategy, tick): strategy.on_quote_tick(tick)\n")
    module = write_module(tmp_path, monkeypatch, "class S(Strategy):\n    def on_quote_tick(self, tick): pass\n")
    assert found(module)
    assert not never_called(module.S, [Path(helper.__file__)])


def test_the_engines_names_stand_for_nothing_else():
    assert not any(new_names(name, CALLED) for name in CALLED)
