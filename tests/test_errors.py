"""Error messages for wrong input."""

from sweep.errors import InputError, Problem, did_you_mean, shorten


def test_a_problem_reads_as_a_sentence():
    assert str(Problem("limits.retries", "must be at least 0", -1, "write 0", line=7)) == (
        "line 7: limits.retries: must be at least 0 (was -1); write 0"
    )
    assert str(Problem("name", "is missing")) == "name: is missing"


def test_an_input_error_tells_all_at_once():
    error = InputError([Problem("a", "is wrong"), Problem("b", "is wrong too")])
    assert str(error).splitlines() == ["a: is wrong", "b: is wrong too"]
    assert len(InputError(Problem("a", "is wrong")).problems) == 1


def test_the_nearest_words_or_the_short_list():
    assert did_you_mean("tp_pcd", ["tp_pct", "tp_pcs", "x"]) == "did you mean 'tp_pct' or 'tp_pcs'?"
    assert did_you_mean("zzz", ["b", "a"]) == "known: a, b"
    assert did_you_mean("zzz", map(str, range(100))) == ""


def test_long_values_are_cut():
    assert len(shorten("x" * 1000)) == 80
