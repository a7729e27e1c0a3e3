"""Settings of libraries are set back."""

import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import six  # noqa: F401 (pandas loads it)

from sweep.executors.worker.process_state import ProcessState


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: np.seterr(divide="raise"), "numpy.seterr: divide"),
        (lambda: np.set_printoptions(precision=2), "numpy.set_printoptions"),
        (lambda: np.seterrcall(print), "numpy.seterrcall"),
        pytest.param(lambda: np.random.set_bit_generator(np.random.PCG64(1)), "numpy.random", id="another generator"),
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


def test_a_finder_that_a_library_adds_stays_and_is_not_told(monkeypatch):
    def finder(module: str) -> type:
        return type("Finder", (), {"__module__": module, "find_spec": staticmethod(lambda *_: None)})

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    before, of_six, of_the_user = ProcessState.now(), finder("six"), finder(__name__)
    sys.meta_path.append(of_six)
    assert before.restore() == []
    sys.meta_path.append(of_the_user)
    assert before.restore() == ["sys.meta_path"]
    assert of_six in sys.meta_path
    assert of_the_user not in sys.meta_path
