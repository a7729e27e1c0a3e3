"""Imports of user modules anew, together with every library that they name, also inside of functions.

Python imports a library once in a process. What a trial changes in one that it loaded itself could not be set back, and
what its import sets in the process would hold for that trial alone: it is set again whenever the modules are imported.
"""

# what settings hold is anything
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from sweep.backtest.user_code.snapshot_loader import load_anew
from sweep.backtest.user_code.source_hashes import find, is_user_code, libraries
from sweep.backtest.user_code.source_snapshot import SourceSnapshot
from sweep.executors.worker.library_settings import Setting
from sweep.executors.worker.process_state import ProcessState

type Effects = Mapping[Setting, Any]

_effects: list[tuple[frozenset[str], Effects]] = []  # modules that were first imported together, and what they set
_absent: set[str] = set()  # names that cannot be imported


def import_anew(code: SourceSnapshot, before: ProcessState) -> frozenset[str]:
    """Import the user modules anew, and their libraries; the process is as it was `before`.

    Returns the modules in Python that were loaded for the first time with this: nobody else uses them.
    """
    loaded = set(sys.modules)
    load_anew(code)
    _import_libraries(code)
    if modules := frozenset(_new(loaded, code)):
        whole = ProcessState.now()
        before.restore()
        load_anew(code)  # without their libraries this time: what is missing now, these have set
        _effects.append((modules, _missing(whole)))
    for modules, settings in _effects:
        if modules & code.imported:
            for setting, value in settings.items():
                setting.write(_together(setting, value))
    named = {name.partition(".")[0] for name in code.imported}
    return frozenset(name for name in modules if name.partition(".")[0] in named and _is_installed_source(name))


def _import_libraries(code: SourceSnapshot) -> None:
    """Import the libraries that functions of the modules import; what one raises is for the trial that asks for it."""
    for name in _named(code):
        if name in _absent or name in sys.modules:
            continue
        spec = find(name)
        if spec and not (spec.has_location and is_user_code(str(spec.origin), code.packages)):
            with suppress(Exception):
                import_module(name)
        if name not in sys.modules:
            _absent.add(name)


def _named(code: SourceSnapshot) -> Iterator[str]:
    for name, module in code.modules.items():
        if name in sys.modules:
            yield from libraries(name, module.content, is_package=module.is_package)


def _new(loaded: set[str], code: SourceSnapshot) -> Iterator[str]:
    """The modules that were loaded since, but for the user's."""
    for name in sys.modules.keys() - loaded - code.modules.keys() - code.namespaces.keys():
        file = getattr(sys.modules[name], "__file__", None)
        if not (file and is_user_code(file, code.packages)):
            yield name


def _is_installed_source(name: str) -> bool:
    file = getattr(sys.modules[name], "__file__", None) or ""
    return file.endswith(".py") and f"{os.sep}site-packages{os.sep}" in file


def _missing(whole: ProcessState) -> Effects:
    """Settings that were so and are not any more; of a mapping the entries that are missing or other ones."""
    effects: dict[Setting, Any] = {}
    for setting, value in whole.changed().values.items():
        now = setting.read()
        effects[setting] = {k: v for k, v in value.items() if k not in now or now[k] != v} if setting.keyed else value
    return effects


def _together(setting: Setting, value: Any) -> Any:
    """The value with what the setting holds by now: entries of a mapping or of a list are added."""
    now = setting.read()
    if setting.keyed:
        return {**now, **value}
    if isinstance(value, tuple) and isinstance(value[-1], list):
        held, entries = now
        return held, [*(entry for entry in value[-1] if entry not in entries), *entries]
    return value
