"""The state of rewriting one file: its facts, what has to be imported, and what has to be told."""

from dataclasses import dataclass, field

import libcst as cst

from sweep.port.engine_api import EngineApi, engine_api
from sweep.port.facts import ClassFacts, Survey
from sweep.port.inference import Types
from sweep.port.notes import Level, Note
from sweep.port.rules import indicators, symbols

STANDARD = {
    "dataclass": "dataclasses",
    "field": "dataclasses",
    "asdict": "dataclasses",
    "Any": "typing",
    "Decimal": "decimal",
    "Timestamp": "pandas",
}
COMPAT_FUNCTIONS = {"accounts", "exec_algorithm_params", "make_price", "unrealized_pnl", "update_quote_tick"}


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the user."""

    compat: bool = False  # indicators with the figures of 1.x


@dataclass
class Context:
    """One file on its way."""

    facts: Survey
    module: cst.Module
    options: Options = Options()
    settings: frozenset[str] = frozenset()  # keywords with which other files make configs
    api: EngineApi = field(default_factory=engine_api)
    notes: list[Note] = field(default_factory=list[Note])
    pending: list[Note] = field(default_factory=list[Note])  # of the statement that is being rewritten
    needed: dict[tuple[str, str], str | None] = field(
        default_factory=dict[tuple[str, str], str | None]
    )  # and the alias
    constants: list[str] = field(default_factory=list[str])  # statements to stand after the imports
    removed: set[str] = field(default_factory=set[str])  # local names whose import is gone
    put_off: set[int] = field(default_factory=set[int])  # reads of an instrument that on_start does instead
    by_id: set[int] = field(default_factory=set[int])  # reads of an instrument of which only the id is taken
    guarded: int = 0  # how many `if __name__ == "__main__":` are around
    functions: list[str] = field(default_factory=list[str])  # names of the functions around
    types: Types = field(init=False)

    def __post_init__(self) -> None:
        self.types = Types(self.facts)

    @property
    def owner(self) -> ClassFacts:
        """The class around, an empty one at the top of the file."""
        return self.types.owner[-1] if self.types.owner else ClassFacts("")

    def kind_of(self, name: str) -> str:
        """The kind of a component by the name of its class."""
        return self.facts.classes[name].kind if name in self.facts.classes else symbols.BASES.get(name, "")

    def note(self, line: int, rule: str, reason: str, remedy: str, level: Level = "by hand") -> None:
        """Tell of a place; a comment is put above the statement that is being rewritten."""
        note = Note(line, rule, reason, remedy, level)
        if note not in self.notes:
            self.notes.append(note)
            self.pending.append(note)

    def need(self, symbol: str) -> str:
        """Have a symbol imported, and give its name."""
        module = STANDARD.get(symbol, "")
        if not module:
            module = "sweep.compat" if symbol in COMPAT_FUNCTIONS else f"nautilus_trader.{self.api.home(symbol)}"
        self.needed.setdefault((module, symbol), None)
        return symbol

    def local(self, symbol: str) -> str:
        """Have a symbol imported, and give a name for it that no variable of the file has."""
        self.need(symbol)
        (key,) = [place for place in self.needed if place[1] == symbol]
        self.needed[key] = f"{symbol}_" if symbol in self.facts.bound else None
        return self.needed[key] or symbol

    def has_old_figures(self, symbol: str) -> bool:
        """Tell whether an indicator comes from sweep.compat."""
        by_use = self.options.compat or symbol in self.facts.old_indicators
        return (by_use and symbol in indicators.CHANGED) or symbol in indicators.NO_COUNTERPART

    def home(self, symbol: str) -> tuple[str, str] | None:
        """Module and name of a symbol of 1.x from here on; None where 2.0 has none."""
        if symbol in symbols.STANDARD:
            return symbols.STANDARD[symbol], symbol
        if symbol in symbols.COMPAT:
            return symbols.COMPAT[symbol], symbol
        if self.has_old_figures(symbol):
            return "sweep.compat", symbol
        new = symbols.RENAMED.get(symbol, symbols.UNPACKED.get(symbol, symbol))
        home = self.api.home(new)
        return (f"nautilus_trader.{home}", new) if home else None

    def code(self, node: cst.CSTNode) -> str:
        return self.module.code_for_node(node)


def expression(text: str) -> cst.BaseExpression:
    return cst.parse_expression(text)
