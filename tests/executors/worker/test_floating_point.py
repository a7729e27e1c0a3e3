"""The floating-point mode is read and set back."""

import ctypes

from sweep.executors.worker import floating_point
from sweep.executors.worker.process_state import ProcessState

UPWARD = {"x86_64": 0x800, "aarch64": 0x400000}


def test_a_rounding_mode_is_set_back_and_named():
    math = ctypes.CDLL(None)
    before, state, third = floating_point.read(), ProcessState.now(), 1 / float("3")
    math.fesetround(UPWARD[floating_point.platform.machine()])
    try:
        assert 1 / float("3") > third
        assert floating_point.read() != before
    finally:
        names = state.restore()
    assert names == ["the floating-point mode"]
    assert floating_point.read() == before
    assert 1 / float("3") == third
