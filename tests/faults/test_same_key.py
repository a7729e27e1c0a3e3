"""The promise itself: whatever is disturbed while a sweep runs, a COMPLETE trial has a fresh process's figures."""

from pathlib import Path

import pytest

from tests.faults.disturbed_sweeps import Way, check, fresh_processes


@pytest.mark.parametrize("way", ["between", "inline", "packs"])
def test_every_complete_row_has_the_figures_of_a_fresh_process(tmp_path: Path, way: Way):
    with fresh_processes() as fresh:
        check(tmp_path, 0, fresh, way)
