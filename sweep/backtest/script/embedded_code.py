"""Modules as texts inside a script, which imports them from there."""

import ast
import re
from collections.abc import Mapping

from sweep.backtest.script.merged_code import Module

OWN = re.compile(r"^sweep$|\bsweep(?=\.(?:strategies|compat|metrics|costs)\b)")
READY = "ready"  # the package that the ready strategies get in a script

LOADER = '''
class Embedded(InspectLoader):
    """Imports the modules of CODE."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        return spec_from_loader(name, Embedded(), is_package=CODE[name][0]) if name in CODE else None

    def is_package(self, name):
        return CODE[name][0]

    def get_source(self, name):
        return CODE[name][1]


sys.meta_path.insert(0, Embedded)
'''


def embedded(modules: Mapping[str, Module]) -> str:
    """Source of a dict of the modules, and of the loader that imports them from it."""
    entries = "\n".join(
        f"    {renamed(m.name)!r}: ({m.is_package}, {_quoted(renamed(m.text))})," for m in modules.values()
    )
    imports = "import sys\nfrom importlib.abc import InspectLoader\nfrom importlib.util import spec_from_loader\n"
    return f"{imports}\nCODE = {{  # module: whether it is a package, and its source\n{entries}\n}}\n\n{LOADER}"


def renamed(text: str) -> str:
    """A text in which the ready strategies are a package of the script's own."""
    return OWN.sub(READY, text)


def _quoted(text: str) -> str:
    """A literal of the text, as it is written where that is possible."""
    plain = f"r'''{text}'''"
    try:
        return plain if ast.literal_eval(plain) == text else repr(text)
    except (SyntaxError, ValueError):
        return repr(text)
