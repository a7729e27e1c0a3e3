import importlib
import sys
import threading
from types import ModuleType

import pytest

from sweep.backtest.user_code.source_hashes import find
from sweep.common.import_path import ImportPathError, load
from sweep.common.import_tricks import hidden_package, import_without, patched
from sweep.errors import InputError


def test_what_a_path_names():
    assert load("sweep.errors:InputError") is InputError


@pytest.mark.parametrize(
    ("path", "rule", "remedy"),
    [
        ("sweep.errors", "must be an import path", ""),
        (None, "must be an import path", ""),
        ("sweep.errors:InputErr", "module 'sweep.errors' has no 'InputErr'", "'InputError'"),
        ("nowhere.at_all:X", "there is no module 'nowhere'", "Python path"),
        ("tests.support.raising_module:X", "importing 'tests.support.raising_module' failed", ""),
    ],
)
def test_a_path_that_leads_nowhere(path, rule, remedy):
    with pytest.raises(ImportPathError) as error:
        load(path)
    problem = error.value.at("strategy.path")
    assert rule in problem.rule and remedy in problem.remedy
    assert (problem.where, problem.value) == ("strategy.path", path)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library whose submodule uses a heavy package where that is installed."""
    (tmp_path / "heavy_package").mkdir()
    (tmp_path / "heavy_package" / "__init__.py").touch()
    place = tmp_path / "library_of_parts"
    place.mkdir()
    (place / "__init__.py").write_text("part = 'not yet'")
    (place / "part.py").write_text("from library_of_parts.inner import HAS, Kind")
    uses = "try:\n    import heavy_package\n    HAS = True\nexcept ImportError:\n    HAS = False\nclass Kind: ..."
    (place / "inner.py").write_text(uses)
    monkeypatch.syspath_prepend(tmp_path)
    yield "library_of_parts.part"
    for name in [n for n in sys.modules if n.startswith(("library_of_parts", "heavy_package"))]:
        del sys.modules[name]


def test_a_module_is_spared_what_it_can_do_without_and_others_get_it_whole(library):
    module = import_without(library, without="heavy_package")
    assert not module.HAS and "heavy_package" not in sys.modules
    assert library not in sys.modules and sys.modules["library_of_parts"].part == "not yet"
    assert import_without(library, without="heavy_package") is not module
    sys.modules.pop("library_of_parts.inner", None)  # only what lies below the module is its own
    whole = importlib.import_module(library)
    assert whole.HAS and sys.modules["library_of_parts"].part is whole
    assert import_without(library, without="heavy_package") is whole


def test_what_is_there_already_is_not_taken_away(library):
    importlib.import_module("heavy_package")
    assert import_without(library, without="heavy_package").HAS
    with hidden_package("heavy_package"):
        assert importlib.import_module("heavy_package")


def test_a_package_is_absent_for_one_thread_and_for_a_while(library):
    modules = []
    with hidden_package("heavy_package"):
        with pytest.raises(ModuleNotFoundError, match="heavy_package"):
            importlib.import_module("heavy_package")
        other = threading.Thread(target=lambda: modules.append(importlib.import_module("heavy_package")))
        other.start()
        other.join()
    assert modules and importlib.import_module("heavy_package") is modules[0]


def test_a_name_is_replaced_for_a_while_and_one_that_is_not_there_is_not_made():
    module = ModuleType("patched")
    module.value = 1  # type: ignore[attr-defined]

    def fail() -> None:
        with patched(module, "value", 2), patched(module, "later", 3):
            assert module.value == 2 and not hasattr(module, "later")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert module.value == 1


@pytest.mark.parametrize("name", ["a" * 501, "a." * 300_000 + "b"])
def test_a_path_of_any_length_is_refused_at_once(name):
    with pytest.raises(ImportPathError, match="at most 500 characters before its colon"):
        load(f"{name}:C")
    assert find(name) is None
