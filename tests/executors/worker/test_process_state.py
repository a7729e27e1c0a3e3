"""Settings of the process are set back."""

import codecs
import decimal
import gc
import os
import random
import signal
import sys
import warnings

import numpy as np
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
        (lambda: setattr(decimal.ExtendedContext, "prec", 5), "decimal.ExtendedContext"),
        (lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1}), "signal.pthread_sigmask"),
        (lambda: signal.setitimer(signal.ITIMER_VIRTUAL, 1000), "signal.setitimer"),
        (lambda: sys.setprofile(lambda *_: None), "sys.setprofile"),
        (lambda: gc.callbacks.append(print), "gc.callbacks"),
        (lambda: codecs.register_error("replace", codecs.ignore_errors), "codecs.register_error: replace"),
        (lambda: np.setbufsize(4096), "numpy.setbufsize"),
        (lambda: sys.setdlopenflags(sys.getdlopenflags() | os.RTLD_GLOBAL), "sys.setdlopenflags"),
        (lambda: setattr(sys, "maxsize", 3), "attributes of sys: maxsize"),
    ],
)
def test_each_is_named_and_set_back(change, named):
    before = ProcessState.now()
    change()
    assert before.restore() == [named]
    assert before.restore() == []
