from importlib.util import find_spec

import pytest

from sweep.ledger.ledger import Ledger
from sweep.results import tearsheet as pages
from sweep.results import tearsheet_files as module
from sweep.results.tearsheet_files import Tearsheets, tracking
from tests.tracking.sweeps import extend, new_folder, result


@pytest.fixture
def drawn(monkeypatch):
    """The drawn titles and scripts; each page is its title."""
    calls = []

    def draw(stats, days, returns, title, script):
        calls.append((title, script))
        return title

    monkeypatch.setattr(pages, "tearsheet", draw)
    return calls


def opened(folder):
    return Ledger.open(folder.ledger)


def best_first() -> list[int]:
    return sorted((n for n in range(9) if n != 3), key=lambda n: -result(n).metrics["pnl_total"])


def test_the_best_are_drawn_once_and_open_without_a_network(tmp_path, drawn):
    folder = new_folder(tmp_path / "run", "top 2")
    extend(folder, 9)
    with opened(folder) as ledger:
        sheets = Tearsheets(folder, ledger)
        assert [sheets.of(row) for row in ledger.rows()] == [None] * 9
        sheets.draw_best()
        sheets.draw_best()
        held = {row.number: sheets.of(row) for row in ledger.rows()}
    assert {n for n, sheet in held.items() if sheet} == set(best_first()[:2])
    assert [script for _, script in drawn] == ["packed", "packed"]
    title, _ = drawn[0]
    assert title == f"run #{best_first()[0]} score_threshold={50 + best_first()[0]} mode=fast hard=true"


def test_where_all_are_asked_for_every_complete_trial_gets_a_small_one(tmp_path, drawn):
    folder = new_folder(tmp_path / "run", "all")
    extend(folder, 5)
    with opened(folder) as ledger:
        sheets = Tearsheets(folder, ledger)
        held = [sheets.of(row) is not None for row in ledger.rows()]
    assert held == [True, True, True, False, True]
    assert {script for _, script in drawn} == {"cdn"}


def test_none(tmp_path, drawn):
    folder = new_folder(tmp_path / "run", "none")
    extend(folder, 2)
    with opened(folder) as ledger:
        Tearsheets(folder, ledger).draw_best()
        assert not Tearsheets(folder, ledger).of(next(ledger.rows()))
    assert not drawn
    assert not folder.tearsheets.exists()


def test_one_that_cannot_be_drawn_is_said_once_and_left_out(tmp_path, monkeypatch, caplog):
    folder = new_folder(tmp_path / "run", "top 3")
    extend(folder, 2)

    def fail(*_):
        raise ValueError("no returns")

    monkeypatch.setattr(pages, "tearsheet", fail)
    with opened(folder) as ledger:
        sheets = Tearsheets(folder, ledger)
        sheets.draw_best()
        sheets.draw_best()
    assert len(caplog.records) == 2
    assert "no returns" in caplog.text
    assert list(folder.tearsheets.iterdir()) == [] if folder.tearsheets.exists() else True


def test_what_the_spec_says(tmp_path):
    folder = new_folder(tmp_path / "run")
    assert tracking(folder).tearsheets == 0
    folder.spec.write_text("name: x\ntracking: {uri: 'http://host', tearsheets: top 3}")
    assert (tracking(folder).uri, tracking(folder).tearsheets) == ("http://host", 3)
    folder.spec.unlink()
    assert tracking(folder).tearsheets == 10


@pytest.mark.parametrize(("option", "loads"), [("top 2", True), ("all", True), ("none", False)])
def test_what_drawing_needs_is_imported_before_it_is_waited_for(tmp_path, monkeypatch, option, loads):
    modules = []
    monkeypatch.setattr(module, "import_in_background", lambda *names: modules.extend(names))
    folder = new_folder(tmp_path / "run", option)
    with opened(folder) as ledger:
        Tearsheets(folder, ledger).expect()
    assert modules == (list(pages.LIBRARIES) if loads else [])
    assert all(find_spec(name) for name in modules)
