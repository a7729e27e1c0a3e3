"""Pace of a sweep, without its pauses."""

import pytest

from sweep.runner.control.progress import Progress


def test_pauses_count_neither_as_time_gone_nor_for_the_pace():
    tally = Progress(30, exact=True, slots=1, ended=10, pauses=lambda: 40.0)
    tally.since -= 60
    assert tally.elapsed == pytest.approx(20.0, abs=0.5)
    assert tally.eta == pytest.approx(40.0, abs=1.0)


def test_all_that_needs_no_run_is_done():
    tally = Progress(30, exact=True, slots=1, skipped=5, reused=7, ended=10)
    assert tally.done == 22
