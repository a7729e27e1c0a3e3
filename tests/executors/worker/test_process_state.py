"""Settings of the process are set back."""

import decimal
import os
import random
import sys
import warnings

import pytest

from sweep.executors.worker.process_state import ProcessState


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: setattr(decimal.getcontext(), "prec", 5), "decimal.getcontext()"),
        (lambda: os.environ.update(LEFT_HERE="1"), "os.environ: LEFT_HERE"),
        (lambda: os.chdir("/"), "the working directory"),
        (lambda: warnings.simplefilter("ignore"), "warnings.filters"),
        (lambda: random.seed(3), "random"),
        (lambda: sys.path.append("/x"), "sys.path"),
        (lambda: sys.setrecursionlimit(555), "sys.setrecursionlimit"),
        (lambda: os.umask(0o077), "the umask"),
    ],
)
def test_each_is_named_and_set_back(change, named):
    before = ProcessState.now()
    change()
    assert before.restore() == [named]
    assert before.restore() == []
