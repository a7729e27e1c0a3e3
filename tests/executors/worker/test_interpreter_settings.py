"""Loggers and other settings of the interpreter are read and set back; modules made by hand go."""

import csv
import gc
import logging
import multiprocessing
import sys
import threading
import time
from types import ModuleType
from typing import Any

import pytest

from sweep.executors.worker.interpreter_settings import INTERPRETER, set_modules
from sweep.executors.worker.process_state import ProcessState

NAME = "sweep_test_logger"


def in_tokyo() -> None:
    """Leave the zone of the C library changed, and no trace of it in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()


CHANGES = {
    f"loggers: {NAME}.new": lambda: logging.getLogger(f"{NAME}.new").addHandler(logging.NullHandler()),
    f"loggers: {NAME}": lambda: logging.getLogger(NAME).setLevel(7),
    "loggers: root": lambda: logging.root.addFilter(lambda _: False),
    "logging: _levelToName, _nameToLevel": lambda: logging.addLevelName(77, "mine"),
    "logging: raiseExceptions": lambda: setattr(logging, "raiseExceptions", False),
    "gc.set_debug": lambda: gc.set_debug(gc.DEBUG_UNCOLLECTABLE),
    "sys.set_coroutine_origin_tracking_depth": lambda: sys.set_coroutine_origin_tracking_depth(3),
    f"loggers: {NAME}.field": lambda: setattr(logging.getLogger(f"{NAME}.field"), "n", 1),
    "csv.field_size_limit": lambda: csv.field_size_limit(5),
    "csv.register_dialect: excel, mine": lambda: [csv.register_dialect(n, delimiter="|") for n in ("mine", "excel")],
    "sys.monitoring: 3": lambda: sys.monitoring.use_tool_id(3, "mine"),
    "the time zone": in_tokyo,
    "threading.settrace": lambda: threading.settrace(lambda *_: None),
}


def test_the_start_method_can_be_chosen_again(monkeypatch):
    monkeypatch.setattr(vars(multiprocessing.context)["_default_context"], "_actual_context", None)
    state = ProcessState.now()
    for _ in range(2):
        multiprocessing.set_start_method("spawn")
        state.restore()
    assert multiprocessing.get_start_method(allow_none=True) is None


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_set_back_and_named(name: str):
    logging.getLogger(NAME)
    before = [setting.read() for setting in INTERPRETER]
    state = ProcessState.now()
    CHANGES[name]()
    assert [setting.read() for setting in INTERPRETER] != before
    assert state.restore() == [name]
    assert [setting.read() for setting in INTERPRETER] == before


def test_modules_that_were_made_replaced_or_taken_away_by_hand_are_put_right(monkeypatch):
    before = dict(sys.modules)
    monkeypatch.setitem(sys.modules, "json", ModuleType("json"))
    monkeypatch.setitem(sys.modules, "sweep_made", ModuleType("sweep_made"))
    monkeypatch.setitem(sys.modules, "sweep_users", ModuleType("sweep_users"))
    monkeypatch.delitem(sys.modules, "string")
    assert set_modules(before, {"sweep_users"}) == ["sys.modules: json, string, sweep_made"]
    users: Any = sys.modules.pop("sweep_users")
    assert users.__name__ == "sweep_users"
    assert sys.modules == before
    assert set_modules(before, ()) == []
