"""Stress tests in the report."""

from sweep.ledger.facts import SweepFacts
from sweep.results.html.stress_section import stress
from sweep.results.stress import StressedTrial, StressResult

NONE = StressResult("latency", "2 ×", "not tested", reason="no venue has a latency")
SOME = StressResult("noise", "1", "weakens", 20, 2, refused=1, median=1234.5, low=-3.0)


def test_a_row_for_each_test_and_no_table_without_any():
    facts = SweepFacts.of({
        "objective": {"metric": "pnl_total", "direction": "maximize"},
        "stress": [StressedTrial(4, 2000.0, (SOME, NONE)).plain()],
    })  # fmt: skip
    (table,) = stress(facts)
    assert (table["trial"], table["value"]) == (4, "2,000.00")
    assert table["rows"] == [
        ["noise", "1", "weakens", "1,234.50", "-3.00", "20, 2 failed, 1 refused"],
        ["latency", "2 ×", "not tested", "–", "–", "no venue has a latency"],
    ]
    assert stress(SweepFacts.of({"objective": {"metric": "pnl_total", "direction": "maximize"}})) == []
