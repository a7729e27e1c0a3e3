"""Imports before they are needed, beside what else goes on: what ends a sweep loads a second of libraries."""

import importlib
import os
import threading
from contextlib import suppress

LOWEST = 19  # niceness; on Linux it may be that of a single thread


def import_in_background(*modules: str) -> threading.Thread:
    """Import modules, one after another, in a thread of the lowest priority. What cannot be imported is left out."""
    thread = threading.Thread(target=_load, args=(modules,), name="import_in_background", daemon=True)
    thread.start()
    return thread


def _load(modules: tuple[str, ...]) -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST)
    for module in modules:
        with suppress(Exception):  # whoever needs it will say so
            importlib.import_module(module)
