from dataclasses import replace

import pytest

from sweep.ledger.ledger import Ledger
from sweep.results import tearsheet as pages
from sweep.results.tearsheet_files import Tearsheets, tracking
from tests.tracking.sweeps import extend, new_folder, result


@pytest.fixture
def drawn(monkeypatch):
    """The drawn titles; the pages are real."""
    titles = []
    real = pages.tearsheet

    def draw(result, title, *, stamp, objective):
        titles.append(title)
        return real(result, title, stamp=stamp, objective=objective)

    monkeypatch.setattr(pages, "tearsheet", draw)
    return titles


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
    assert len(drawn) == 2
    assert drawn[0] == f"run #{best_first()[0]} score_threshold={50 + best_first()[0]} mode=fast hard=true"


def test_where_all_are_asked_for_every_complete_trial_gets_one(tmp_path, drawn):
    folder = new_folder(tmp_path / "run", "all")
    extend(folder, 5)
    with opened(folder) as ledger:
        sheets = Tearsheets(folder, ledger)
        held = [sheets.of(row) is not None for row in ledger.rows()]
    assert held == [True, True, True, False, True]
    assert len(drawn) == 4


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

    def fail(*_, **__):
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


def record(folder, row, metrics):
    """Let a trial have other results under the same number and key."""
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.record([(row.number, replace(ledger.result(row), metrics=metrics))])


def test_a_trial_with_other_results_is_drawn_again_and_one_that_is_gone_loses_its_page(tmp_path, drawn):
    folder = new_folder(tmp_path / "run", "top 2")
    extend(folder, 9)
    first, second = best_first()[:2]
    with opened(folder) as ledger:
        Tearsheets(folder, ledger).draw_best()
        rows = {row.number: row for row in ledger.rows()}
    (folder.tearsheets / "77.html").write_text("of a trial that the ledger does not have")
    (folder.tearsheets / "notes.html").write_text("not ours")
    record(folder, rows[first], {"pnl_total": 1e6})
    with opened(folder) as ledger:
        sheets = Tearsheets(folder, ledger)
        assert sheets.of(ledger.leaders(1)[0]) is None  # the page shows the old results
        sheets.draw_best()
        assert b"1,000,000.00" in sheets.of(ledger.leaders(1)[0])
    assert len(drawn) == 3  # the second was not drawn again
    assert {path.name for path in folder.tearsheets.iterdir()} == {f"{first}.html", f"{second}.html", "notes.html"}


def test_the_link_to_the_page_of_a_backtest_stays(tmp_path):
    folder = new_folder(tmp_path / "run", "top 2")
    extend(folder, 2)
    folder.tearsheets.mkdir()
    (folder.path / "tearsheet.html").write_text("with its trades")
    (folder.tearsheets / "1.html").symlink_to("../tearsheet.html")
    with opened(folder) as ledger:
        Tearsheets(folder, ledger).draw_best()
    assert (folder.tearsheets / "1.html").read_text() == "with its trades"
