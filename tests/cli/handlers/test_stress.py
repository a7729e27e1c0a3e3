"""Stress tests on the screen: a table of the best trial, a line for each."""

from sweep.cli.handlers import stress
from sweep.ledger.ledger import Ledger
from sweep.results.report import Report
from sweep.results.stress import StressedTrial, StressResult
from tests.results.ledgers import written

TESTS = (
    StressResult("noise", "1", "breaks", 20, median=-5.0, low=-9.0),
    StressResult("trades", "drawn again", "not tested", reason="3 closed positions; 30 are needed"),
)


def test_the_table_of_the_best_and_a_line_for_each(tmp_path, capsys):
    folder = written(tmp_path / "s-1")
    stress.show(Report(folder))
    assert capsys.readouterr().out == ""
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(stress=[StressedTrial(n, 10.0, TESTS).plain() for n in (4, 2)])
    stress.show(Report(folder))
    output = capsys.readouterr().out
    assert output.count("stress tests of trial") == 1
    assert "stress tests of trial 4" in output
    for text in ("breaks", "-5.00", "-9.00", "3 closed positions", "trial 2 breaks under noise"):
        assert text in output
