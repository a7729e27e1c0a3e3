"""Settings of libraries are set back."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sweep.executors.worker.process_state import ProcessState


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: np.seterr(divide="raise"), "numpy.seterr: divide"),
        (lambda: np.set_printoptions(precision=2), "numpy.set_printoptions"),
        (lambda: np.random.seed(1), "numpy.random"),  # noqa: NPY002 (what old code does)
        (lambda: pd.set_option("display.max_rows", 7), "pandas options: display.max_rows"),
        (lambda: pa.set_cpu_count(pa.cpu_count() + 1), "pyarrow.set_cpu_count"),
        (lambda: pa.set_io_thread_count(pa.io_thread_count() + 1), "pyarrow.set_io_thread_count"),
    ],
)
def test_each_is_named_and_set_back(change, named):
    before = ProcessState.now()
    change()
    assert before.restore() == [named]
    assert before.restore() == []
