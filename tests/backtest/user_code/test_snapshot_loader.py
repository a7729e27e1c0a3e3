"""Imports from a snapshot."""

import importlib
import os
import sys

from sweep.backtest.user_code.snapshot_loader import imported_from, is_loaded, load_anew
from sweep.backtest.user_code.source_snapshot import take
from tests.support.editable_project import project


def test_modules_are_those_of_the_snapshot_inside_and_those_of_the_disk_outside(tmp_path):
    with project(tmp_path, "loaded_from") as user:
        user.write(module="N = 1")
        code = take(["loaded_from:Trader"])
        user.write(module="N = 2")
        with imported_from(code):
            load_anew(code)
            module = sys.modules["loaded_from"]
            assert (module.N, module.__file__, is_loaded(code)) == (1, str(user.file), True)
        assert "loaded_from" not in sys.modules
        own = importlib.import_module("loaded_from")
        assert (own.N, is_loaded(code)) == (2, False)
        with imported_from(code):
            assert sys.modules["loaded_from"] is module
        assert sys.modules["loaded_from"] is own


def test_a_module_outside_of_the_snapshot_is_what_its_source_says_whatever_its_pyc_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    with project(tmp_path, "loads_beside") as user:
        user.write()
        beside = user.place / "beside_it.py"
        beside.write_text("N = 1\n")
        assert importlib.import_module("beside_it").N == 1  # leaves a .pyc
        times = beside.stat()
        del sys.modules["beside_it"]
        beside.write_text("N = 2\n")
        os.utime(beside, ns=(times.st_atime_ns, times.st_mtime_ns))
        with imported_from(take(["loads_beside:Trader"])):
            assert importlib.import_module("beside_it").N == 2
