"""The floating-point mode of the thread: rounding, and whether tiny numbers are flushed to zero.

Code in C may set it, and every sum that is made after that differs in its last digits.
"""

import ctypes
import platform
from typing import Any

from sweep.executors.worker.library_settings import Setting

WORDS = {  # by machine: which words of the C library's `fenv_t` hold the mode, and their bits; others are flags
    "x86_64": ((0, 0x0F3F), (7, 0xFFC0)),  # control words of the x87 and of SSE
    "aarch64": ((0, 0xFFFFFFFF),),
}
MODE = WORDS.get(platform.machine(), ())


def _environment() -> Any:
    environment = (ctypes.c_uint32 * 16)()
    _library.fegetenv(environment)
    return environment


def read() -> tuple[int, ...]:
    """The mode of this thread."""
    environment = _environment()
    return tuple(environment[word] & bits for word, bits in MODE)


def write(mode: tuple[int, ...]) -> None:
    """Set it."""
    environment = _environment()
    for (word, bits), value in zip(MODE, mode, strict=True):
        environment[word] = (environment[word] & ~bits) | value
    _library.fesetenv(environment)


_library = ctypes.CDLL(None)
FLOATING_POINT = (Setting("the floating-point mode", read, write),) if MODE and hasattr(_library, "fesetenv") else ()
