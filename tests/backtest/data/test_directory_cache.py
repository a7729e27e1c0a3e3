"""The cached listings of a catalog's folders agree with the disk."""

import os
import shutil
from pathlib import Path

import pytest

from sweep.backtest.data.directory_cache import cached, folder, forget, state_of
from sweep.backtest.data.windows import WindowCache


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    for name in ("quotes/SPY.ARCA/a", "quotes/QQQ.ARCA/a", "equity/SPY.ARCA/a", "custom/Score/x/a"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_text("1")
    return tmp_path


def test_it_is_made_again_only_where_its_files_changed(catalog):
    cache, calls = WindowCache(0), []

    def ask() -> int:
        return cached(cache, "what", catalog, ["SPY.ARCA", "Score"], lambda: calls.append(1) or len(calls))

    assert (ask(), ask()) == (1, 1)
    (catalog / "data/quotes/QQQ.ARCA/b").write_text("another's")
    assert ask() == 1
    (catalog / "data/quotes/SPY.ARCA/b").write_text("a new file")
    assert (ask(), ask()) == (2, 2)
    os.utime(catalog / "data/equity/SPY.ARCA/a", (1, 1))  # rewritten in place
    assert ask() == 3
    (catalog / "data/custom/Score/x/a").unlink()
    assert ask() == 4
    (catalog / "data/trades").mkdir()
    assert ask() == 5
    forget(cache, "what", catalog)
    assert (ask(), ask()) == (6, 6)


def test_nothing_is_kept_of_a_catalog_that_is_not_there(tmp_path):
    cache, calls = WindowCache(0), []
    assert state_of(tmp_path / "no", ["SPY.ARCA"]) == ()
    for _ in range(2):
        cached(cache, "what", tmp_path / "no", ["SPY.ARCA"], lambda: calls.append(1))
    assert len(calls) == 2


def test_nothing_is_kept_where_a_file_goes_while_it_is_looked_at(catalog):
    """A link to nothing: listed, but without a state, as a file that another program moves away."""
    (catalog / "data/equity/SPY.ARCA/b").symlink_to(catalog / "no")
    assert state_of(catalog, ["SPY.ARCA"]) == ()
    assert state_of(catalog, ["QQQ.ARCA"]) != ()


def test_a_folder_lacks_some_letters():
    assert folder("GBP/USD.SIM") == "GBPUSD.SIM"


def test_a_file_whose_size_and_time_were_set_back_is_read_again(catalog):
    """Content that was there for a moment is not given to the next trial."""
    cache, file = WindowCache(0), catalog / "data/equity/SPY.ARCA/a"

    def ask() -> str:
        return cached(cache, "what", catalog, ["SPY.ARCA"], file.read_text)

    before = file.stat()
    for content in ("2", "1"):
        file.write_text(content)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert ask() == content


def test_nothing_is_kept_of_files_that_changed_while_they_were_read(catalog):
    cache, aside = WindowCache(0), catalog.with_name("aside")

    def swapped() -> str:
        catalog.rename(aside)
        shutil.copytree(aside, catalog)
        (catalog / "data/equity/SPY.ARCA/a").write_text("other")
        return (catalog / "data/equity/SPY.ARCA/a").read_text()

    assert cached(cache, "what", catalog, ["SPY.ARCA"], swapped) == "other"
    shutil.rmtree(catalog)
    aside.rename(catalog)
    assert cached(cache, "what", catalog, ["SPY.ARCA"], (catalog / "data/equity/SPY.ARCA/a").read_text) == "1"
