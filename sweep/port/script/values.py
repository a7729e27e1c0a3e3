"""Expressions of a script as the plain values of a spec, as far as the text alone tells them."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only running the script would tell."""

    code: str
    line: int


@dataclass(frozen=True, slots=True)
class CatalogRead:
    """Market data that a script reads from a catalog whose folder the text names."""

    path: str
    kind: str  # of data, by its name in a spec
    call: ast.Call


CATALOG = "ParquetDataCatalog"
READS = {"quote_ticks": "QuoteTick", "trade_ticks": "TradeTick", "bars": "Bar", "order_book_deltas": "OrderBookDelta"}
AS_TEXT = {"InstrumentId", "BarType", "Venue", "Symbol", "TraderId", "StrategyId", "ClientId", "Price", "Quantity",
           "Currency", "ExecAlgorithmId", "Path"}  # fmt: skip
INSTRUMENTS = {"Equity", "CurrencyPair", "CryptoPerpetual", "CryptoFuture", "FuturesContract", "OptionContract", "Cfd"}
PROVIDED = {"default_fx_ccy": "SIM", "equity": "XNAS"}  # of 1.x's TestInstrumentProvider, with the venue that it takes
TIMES = {"Timestamp", "datetime"}


@dataclass
class Values:
    """Evaluates expressions by the names that a file assigns once."""

    names: Mapping[str, ast.expr] = field(default_factory=dict[str, ast.expr])
    busy: set[str] = field(default_factory=set[str])

    def of(self, node: ast.expr | None) -> Any:
        """The plain value, or Unknown."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                value = self.of(inner)
                return -value if isinstance(value, (int, float)) else self.unknown(node)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return self._all([self.of(item) for item in items])
            case ast.Dict(keys=keys, values=values):
                mapping = {self.of(key): self.of(value) for key, value in zip(keys, values, strict=True) if key}
                return self._all(mapping)
            case ast.JoinedStr(values=parts):
                texts = [self.of(p.value) if isinstance(p, ast.FormattedValue) else self.of(p) for p in parts]
                return self.unknown(node) if any(isinstance(t, Unknown) for t in texts) else "".join(map(str, texts))
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.Call():
                return self._made(node)
            case _:
                return self.unknown(node)

    def unknown(self, node: ast.expr | None) -> Unknown:
        return Unknown(ast.unparse(node) if node else "", getattr(node, "lineno", 0))

    def _all(self, nested: list[Any] | dict[Any, Any]) -> Any:
        values: list[Any] = list(nested.values()) if isinstance(nested, dict) else nested
        return next((value for value in values if isinstance(value, Unknown)), nested)

    def _named(self, node: ast.Name | ast.Attribute) -> Any:
        if isinstance(node, ast.Attribute):
            holder = node.value.id if isinstance(node.value, ast.Name) else ""
            if holder[:1].isupper() and node.attr.isupper():
                return node.attr  # a member of an enum
            inside = self.call_of(node.value)
            return self.instrument_id(inside) if node.attr == "id" and inside else self.unknown(node)
        if node.id in self.names and node.id not in self.busy:
            self.busy.add(node.id)
            value = self.of(self.names[node.id])
            self.busy.discard(node.id)
            return self.unknown(node) if isinstance(value, Unknown) else value
        is_currency = node.id.isupper() and 3 <= len(node.id) <= 5
        return node.id if is_currency else self.unknown(node)

    def _made(self, node: ast.Call) -> Any:
        """The text of an object of the engine, which a spec writes as text."""
        kind, _, method = ast.unparse(node.func).rpartition(".")
        arguments = [self.of(arg) for arg in node.args] + [self.of(k.value) for k in node.keywords if k.arg != "tz"]
        if not arguments or any(isinstance(value, Unknown) for value in arguments):
            return self.unknown(node)
        name = kind.rpartition(".")[2] if method.startswith("from_") else method
        if name == "Money":
            return f"{arguments[0]} {arguments[1]}" if len(arguments) > 1 else arguments[0]
        if name in {"Decimal", "str", "float", "int"}:
            return CASTS[name](arguments[0])
        if name == "InstrumentId" and len(arguments) == 2:
            return f"{arguments[0]}.{arguments[1]}"
        if name in TIMES or (name == "from_str" and kind.rpartition(".")[2] in AS_TEXT):
            return time(arguments)
        return str(arguments[0]) if name in AS_TEXT else self.unknown(node)

    def call_of(self, node: ast.expr | None) -> ast.Call | None:
        """The call that an expression is, or that the name was assigned."""
        if isinstance(node, ast.Name):
            node = self.names.get(node.id)
        return node if isinstance(node, ast.Call) else None

    def catalog_read(self, node: ast.expr | None) -> CatalogRead | None:
        """`catalog.bars(…)` of a catalog that the script opens by its folder."""
        read = self.call_of(node)
        if read is None or not isinstance(read.func, ast.Attribute) or read.func.attr not in READS:
            return None
        opened = self.call_of(read.func.value)
        if opened is None or ast.unparse(opened.func).rpartition(".")[2] != CATALOG:
            return None
        arguments = [*opened.args, *(k.value for k in opened.keywords if k.arg == "path")]
        path = self.of(arguments[0]) if arguments else None
        return CatalogRead(path, READS[read.func.attr], read) if isinstance(path, str) else None

    def instrument_id(self, node: ast.Call) -> Any:
        """The id of an instrument that the script makes by its class."""
        arguments = {k.arg: k.value for k in node.keywords}
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in PROVIDED:
            symbol, venue = node.args[0] if node.args else arguments.get("symbol"), arguments.get("venue")
            parts = self.of(symbol), self.of(venue) if venue else PROVIDED[name]
            return self.unknown(node) if any(isinstance(p, Unknown) for p in parts) else ".".join(map(str, parts))
        named = arguments.get("instrument_id") or arguments.get("id")
        if named is None and name in INSTRUMENTS and node.args:
            named = node.args[0]
        return self.of(named) if named is not None else self.unknown(node)


def time(arguments: list[Any]) -> str:
    """A moment from its text, or from year, month and day."""
    if len(arguments) >= 3 and all(isinstance(part, int) for part in arguments):
        return "-".join(f"{part:02d}" for part in arguments[:3])
    return str(arguments[0])


CASTS: dict[str, Callable[[Any], Any]] = {
    "Decimal": lambda value: value if isinstance(value, int) else str(value),
    "str": str,
    "float": float,
    "int": int,
}
