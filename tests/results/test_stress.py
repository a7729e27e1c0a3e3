"""The word for a distribution, by hand, and its quantiles."""

import pytest

from sweep.ledger.facts import SweepFacts
from sweep.results.stress import StressedTrial, judged, kept, sentences, stressed


def result(values, *, metric="pnl_total", direction="maximize", unperturbed=100.0):
    return judged("noise", "1", values, metric=metric, direction=direction, unperturbed=unperturbed)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([50.0] * 20, "holds"),
        ([100.0] * 19 + [50.0], "holds"),
        ([100.0] * 17 + [0.0] * 3, "weakens"),
        ([100.0] * 9 + [49.0] * 11, "breaks"),
        ([100.0] * 17 + [None] * 3, "weakens"),  # a failure keeps nothing
        ([None] * 5, "breaks"),
        ([120.0, 130.0], "holds"),
    ],
)
def test_words(values, word):
    assert result(values).word == word


def test_quantiles_lie_on_the_bad_side():
    values = [float(n) for n in range(101)]
    assert (result(values).low, result(values).median) == (5.0, 50.0)
    assert result(values, direction="minimize").low == 95.0
    summary = result([1.0, None, 3.0])
    assert (summary.trials, summary.failed, summary.median) == (3, 1, 2.0)


def test_what_is_left_of_a_gain():
    assert kept(150.0, "pnl_total", "maximize", 100.0) == 1.5
    assert kept(1.5, "profit_factor", "maximize", 2.0) == 0.5  # of what is above one
    assert kept(0.2, "max_drawdown", "minimize", 0.1) == 0.5
    assert kept(0.0, "max_drawdown", "minimize", 0.1) == 1.0


@pytest.mark.parametrize(("metric", "direction", "value"), [
    ("pnl_total", "maximize", -3.0), ("pnl_total", "maximize", None), ("profit_factor", "maximize", 0.9),
    ("max_drawdown", "minimize", 0.0),
])  # fmt: skip
def test_without_a_gain_there_is_none_to_keep(metric, direction, value):
    assert result([1.0, 2.0], metric=metric, direction=direction, unperturbed=value).word == "no gain"


def test_no_trials_are_no_test():
    assert result([]).word == "not tested"


def test_sentences_and_the_way_through_the_ledger():
    tests = tuple(judged(name, "1", values, metric="m", direction="maximize", unperturbed=2.0)
                  for name, values in (("noise", [2.0]), ("fees", [0.1]), ("skipped", [1.9])))  # fmt: skip
    trial = StressedTrial(7, 2.0, tests)
    assert list(sentences([trial])) == ["trial 7 holds under noise, skipped; breaks under fees"]
    assert trial.broken == ["fees"]
    assert stressed(SweepFacts.of({"stress": [trial.plain()]})) == [trial]
    lost = StressedTrial(8, -2.0, (judged("noise", "1", [1.0], metric="m", direction="maximize", unperturbed=-2.0),))
    assert "no gain to keep" in next(sentences([lost]))
