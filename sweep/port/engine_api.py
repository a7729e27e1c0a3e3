"""Modules of NautilusTrader 2.0, their names and the members of their classes, read from its stubs.

The stubs are read as text: nothing is imported, and the tables agree with whatever version is installed.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

MODULES = (  # in this order: the first that has a name is its home
    "model", "common", "trading", "indicators", "core", "portfolio", "execution", "backtest", "persistence", "risk",
    "data", "analysis", "config", "live", "testkit", "serialization",
)  # fmt: skip
EXTRA = {"customdataclass": "model.custom", "unix_nanos_to_dt": "core", "dt_to_unix_nanos": "core"}
TOP = re.compile(r"^(?:class|def) (\w+)|^(\w+): |^from \S+ import (?:\(?)\w+ as (\w+)", re.MULTILINE)
CLASS = re.compile(r"^class (\w+)(?:\(([^)]*)\))?:[^\n]*\n((?:(?:[ \t]+[^\n]*)?\n)*)", re.MULTILINE)
MEMBER = re.compile(r"^    (?:def (\w+)\(|(\w+)(?:: | = ))", re.MULTILINE)


@dataclass(frozen=True)
class EngineApi:
    """Public names of the engine."""

    homes: dict[str, str]  # symbol -> module without "nautilus_trader."
    members: dict[str, frozenset[str]]  # class -> its members, inherited ones too
    root: Path | None

    def home(self, symbol: str) -> str | None:
        """The module that has this symbol in 2.0, None for none."""
        return self.homes.get(symbol)

    def has_module(self, dotted: str) -> bool:
        """Tell whether `nautilus_trader.DOTTED` can be imported in 2.0."""
        if self.root is None or not dotted:
            return not dotted
        place = self.root.joinpath(*dotted.split("."))
        return place.is_dir() or any(place.with_suffix(suffix).exists() for suffix in (".py", ".pyi"))


@cache
def engine_api() -> EngineApi:
    """The public names of the installed engine."""
    spec = find_spec("nautilus_trader")
    root = Path(spec.origin).parent if spec and spec.origin else None
    homes: dict[str, str] = {}
    members: dict[str, frozenset[str]] = {}
    for module in MODULES if root else ():
        stub = Path(str(root)) / module / "__init__.pyi"
        text = stub.read_text(encoding="utf-8") if stub.exists() else ""
        for names in TOP.findall(text):
            homes.setdefault(next(filter(None, names)), module)
        members |= _members(text, members)
    return EngineApi(homes | EXTRA, members, root)


def _members(text: str, before: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    members: dict[str, frozenset[str]] = {}
    for name, bases, body in CLASS.findall(text):
        own: set[str] = {method or attribute for method, attribute in MEMBER.findall(body)}
        for base in re.findall(r"(\w+)\s*(?:,|$)", bases):
            own |= members.get(base, before.get(base, frozenset()))
        members[name] = frozenset(own)
    return members
