"""Settings of the process are set back."""

import codecs
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
        (lambda: os.environ.update(LEFT_HERE="1"), "os.environ: LEFT_HERE"),
        (lambda: os.chdir("/"), "the working directory"),
        (lambda: warnings.simplefilter("ignore"), "warnings.filters"),
        (lambda: random.seed(3), "random"),
        (lambda: sys.path.append("/x"), "sys.path"),
        (lambda: sys.setrecursionlimit(555), "sys.setrecursionlimit"),
        (lambda: os.umask(0o077), "the umask"),
        (lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1}), "signal.pthread_sigmask"),
        (lambda: signal.setitimer(signal.ITIMER_VIRTUAL, 1000), "signal.setitimer"),
        (lambda: sys.setprofile(lambda *_: None), "sys.setprofile"),
        (lambda: gc.callbacks.append(print), "gc.callbacks"),
        (lambda: codecs.register_error("replace", codecs.ignore_errors), "codecs.register_error: replace"),
        (lambda: np.setbufsize(4096), "numpy.setbufsize"),
        (lambda: sys.setdlopenflags(sys.getdlopenflags() | os.RTLD_GLOBAL), "sys.setdlopenflags"),
        (lambda: setattr(sys, "maxsize", 3), "attributes of sys: maxsize"),
        (lambda: os.putenv("LEFT_THERE", "1"), "os.putenv: LEFT_THERE"),
        (lambda: os.unsetenv("PATH"), "os.putenv: PATH"),
    ],
)
def test_each_is_named_and_set_back(change, named):
    before = ProcessState.now()
    change()
    assert before.restore() == [named]
    assert before.restore() == []


def test_a_warning_that_is_shown_once_is_shown_once_in_each_trial():
    before = ProcessState.now()
    vars(warnings)["onceregistry"]["met", UserWarning] = 1
    assert before.restore() == []
    assert ("met", UserWarning) not in vars(warnings)["onceregistry"]


def test_programs_see_the_environment_as_it_was(capfd):
    before = ProcessState.now()
    os.putenv("LEFT_THERE", "1")
    os.system("echo $LEFT_THERE")  # noqa: S605 (what the C library shows)
    before.restore()
    os.system("echo $LEFT_THERE")  # noqa: S605
    assert capfd.readouterr().out == "1\n\n"
