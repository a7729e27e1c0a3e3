"""The hashes of user code: of everything that determines a result, and of nothing else."""

import sys
from hashlib import sha256

import pytest

from sweep.backtest import engine_version, sources
from sweep.backtest.user_code import source_hashes
from sweep.backtest.user_code.snapshot_loader import SnapshotLoader, forget, imported_from, load_anew
from sweep.backtest.user_code.source_snapshot import take


@pytest.fixture
def user(tmp_path, monkeypatch):
    """A user's package: a strategy that imports helpers of all kinds, numpy, and the shipped strategies."""
    package = tmp_path / "userpkg"
    (package / "sub").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "sub" / "__init__.py").write_text("FLAG = 1\n")
    (package / "sub" / "deep.py").write_text("from .. import other\n")
    (package / "other.py").write_text("import json\n")
    (package / "lonely.py").write_text("")
    (package / "strategy.py").write_text(
        "import numpy\nfrom .sub.deep import x\nimport sweep.runner.driver\n"
        "def late():\n    from sweep.strategies import score_bracket\n    import userlib\n"
    )
    (tmp_path / "userlib.py").write_text("A = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [n for n in sys.modules if n.startswith("user")]:
        del sys.modules[name]


def backtest(**strategy):
    return {"strategy": {"path": "userpkg.strategy:S", "config": {}} | strategy, "data": [], "venues": []}


def test_the_strategy_and_all_that_it_imports(user):
    hashes = sources(backtest())
    assert set(hashes) - {n for n in hashes if n.startswith("sweep.")} == {
        "userpkg",
        "userpkg.strategy",
        "userpkg.sub",
        "userpkg.sub.deep",
        "userpkg.other",
        "userlib",
    }
    assert "sweep.strategies.score_bracket" in hashes
    assert not {n for n in hashes if n.startswith("sweep.") and not n.startswith("sweep.strategies")}


def test_shipped_strategies_are_sources_also_where_this_package_is_installed(monkeypatch):
    shipped = backtest(path="sweep.strategies.score_bracket:ScoreBracket")
    in_a_checkout = sources(shipped)
    assert "sweep.strategies.bracket" in in_a_checkout
    monkeypatch.setattr(source_hashes, "LIBRARIES", (*source_hashes.LIBRARIES, str(source_hashes.OWN_FOLDER.parent)))
    assert sources(shipped) == in_a_checkout


def test_a_source_that_does_not_parse_has_a_hash_and_no_imports(user):
    before = sources(backtest())
    (user / "strategy.py").write_text("def broken(:\n")
    hashes = sources(backtest())
    assert hashes["userpkg.strategy"] != before["userpkg.strategy"]
    assert "userlib" not in hashes


def test_a_changed_line_changes_the_hash_of_its_module_only(user):
    before = sources(backtest())
    (user / "other.py").write_text("import json  # changed\n")
    after = sources(backtest())
    assert {n for n in before if before[n] != after[n]} == {"userpkg.other"}
    assert after["userpkg.other"] == sha256((user / "other.py").read_bytes()).hexdigest()


def test_models_and_events_are_sources_too(user):
    plain = {
        "strategy": {"path": "userlib:S", "config": {"type": "userpkg.lonely:X"}},
        "data": [{"type": "userpkg.other:Score"}],
        "venues": [{"fee_model": {"type": "userpkg.sub.deep:Fee"}, "modules": [{"type": "userpkg.strategy:M"}]}],
    }
    hashes = sources(plain)
    assert {"userlib", "userpkg.other", "userpkg.sub.deep", "userpkg.strategy"} <= set(hashes)
    assert "userpkg.lonely" not in hashes


def test_a_path_that_leads_nowhere_has_no_source():
    assert sources(backtest(path="no.such.module:S")) == {}


def test_the_engine_names_its_version():
    assert engine_version().startswith("nautilus_trader 2.")


def test_indicators_of_1_are_sources_of_the_strategy_that_uses_them(tmp_path, monkeypatch):
    (tmp_path / "user_of_compat.py").write_text("from sweep.compat import AverageTrueRange\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    names = set(sources(backtest(path="user_of_compat:S")))
    assert {
        "user_of_compat",
        "sweep.compat",
        "sweep.compat.volatility",
        "sweep.compat.averages",
        "sweep.compat.base",
    } <= names
    assert source_hashes.is_user_code(str(source_hashes.OWN_FOLDER / "compat" / "base.py"), frozenset())


@pytest.mark.parametrize("packaged", range(8))
def test_a_module_is_found_in_folders_with_and_without_an_init_file_as_python_finds_it(tmp_path, monkeypatch, packaged):
    """Below a package that is not loaded, Python's own finder fails on a folder without one."""
    top = f"tree{packaged}"
    folder = tmp_path / top / "a" / "b"
    folder.mkdir(parents=True)
    for n, place in enumerate((tmp_path / top, tmp_path / top / "a", folder)):
        if packaged & 1 << n:
            (place / "__init__.py").write_text("")
    (folder / "near.py").write_text("")
    (tmp_path / top / "far.py").write_text("")
    (folder / "strategy.py").write_text(f"from . import near\ndef late():\n    from {top} import far\n")
    monkeypatch.syspath_prepend(tmp_path)
    packages = {name for n, name in enumerate((top, f"{top}.a", f"{top}.a.b")) if packaged & 1 << n}
    expected = {f"{top}.far", f"{top}.a.b.near", f"{top}.a.b.strategy"} | packages
    code = take([f"{top}.a.b.strategy:S"])
    assert set(code.modules) == expected
    with imported_from(code):
        load_anew(code)
        strategy = sys.modules[f"{top}.a.b.strategy"]
        assert isinstance(strategy.__spec__.loader, SnapshotLoader)
    forget([name for name in sys.modules if name.startswith(top)])
