"""Sums over arrays that stay small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.results.statistics import arrays


@given(st.integers(1, 10**7), st.integers(0, 5_000))
def test_chunks_cover_every_column_once_and_stay_small(rows: int, columns: int):
    parts = list(arrays.chunks(rows, columns))
    assert [n for part in parts for n in range(part.start, part.stop)] == list(range(columns))
    assert all((part.stop - part.start) * rows <= max(arrays.CELLS, rows) for part in parts)


def test_a_column_without_variation_has_none():
    values = np.array([[0.1, 1.0], [0.1, 2.0], [0.1, 3.0]])
    assert arrays.deviation(values).tolist() == pytest.approx([0.0, 1.0])
    assert arrays.standardised(values)[:, 0].tolist() == [0.0, 0.0, 0.0]
    assert arrays.standardised(values)[:, 1].tolist() == pytest.approx([-1.0, 0.0, 1.0])
