"""Signs in a source file that it is written for NautilusTrader 1.x; read, never run."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ENGINE = "nautilus_trader"
CALLBACKS = ("on_quote_tick", "on_trade_tick", "on_order_book", "on_order_book_deltas")
CONFIGS = ("StrategyConfig", "ActorConfig", "ExecAlgorithmConfig")
SHOWN = 3  # lines that say so, in a message
DROPPED = ", whose fields 2.0 drops or refuses"
CALLS = re.compile(
    r"self\.(?:(?:un)?subscribe_(?:quote_ticks|trade_ticks|order_book\w*)|request_(?:quote|trade)_ticks"
    r"|portfolio\.is_(?:completely_)?flat|_clock\.|_log\.)"
)


@dataclass(frozen=True, slots=True, order=True)
class Sign:
    """A line that says so."""

    line: int
    text: str
    config: bool = False  # whether it is a config with annotated fields, which 2.0 reads and drops

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


def signs(source: str) -> list[Sign]:
    """The lines of a file that are of 1.x, in order; none for a file of 2.0, and for one that is no Python."""
    if ENGINE not in source:
        return []
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    lines = source.splitlines()
    by_line = dict(_lines(tree))
    by_line |= {number: False for number, line in enumerate(lines, 1) if CALLS.search(line) and number not in by_line
              and not line.lstrip().startswith("#")}  # fmt: skip
    return sorted(Sign(line, lines[line - 1].strip().rstrip(":"), config) for line, config in by_line.items())


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file of 1.x where one of 2.0 is needed."""

    rule: str
    remedy: str


def refusal(file: Path) -> Refusal | None:
    """The mistake of a user's file that is written for 1.x; None for another file."""
    if "site-packages" in file.parts or not file.is_file():
        return None
    all_signs = signs(file.read_text(encoding="utf-8", errors="replace"))
    if not all_signs:
        return None
    first = [*(sign for sign in all_signs if sign.config), *(sign for sign in all_signs if not sign.config)][:SHOWN]
    sentence = "; ".join(f"{sign}{DROPPED}" if sign.config else str(sign) for sign in first)
    return Refusal(
        f"{file.name} is written for NautilusTrader 1.x ({sentence})", f"rewrite it for 2.0: sweep port {file}"
    )


def _lines(tree: ast.Module) -> Iterator[tuple[int, bool]]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), level=0) if module.partition(".")[0] == ENGINE:
                if not has_module(module) or any(is_gone(module, alias.name) for alias in node.names):
                    yield node.lineno, False
            case ast.Import(names=names):
                if any(a.name.partition(".")[0] == ENGINE and not has_module(a.name) for a in names):
                    yield node.lineno, False
            case ast.ClassDef(bases=bases, body=body):
                annotated = any(isinstance(statement, ast.AnnAssign) for statement in body)
                if annotated and any(isinstance(base, ast.Name) and base.id in CONFIGS for base in bases):
                    yield node.lineno, True
            case ast.FunctionDef(name=name) if name in CALLBACKS:
                yield node.lineno, False
            case _:
                pass


@cache
def has_module(module: str) -> bool:
    """True if the installed engine has a module; nothing of it is imported."""
    root = _root()
    place = root.joinpath(*module.split(".")[1:]) if root else None
    return place is None or place.is_dir() or any(place.with_suffix(s).exists() for s in (".py", ".pyi", ".so"))


@cache
def is_gone(module: str, name: str) -> bool:
    """True if a module of the installed engine, which has a stub, has no such name."""
    root = _root()
    place = root.joinpath(*module.split(".")[1:]) if root else None
    stub = place / "__init__.pyi" if place and place.is_dir() else place.with_suffix(".pyi") if place else None
    if stub is None or not stub.exists() or module == ENGINE:
        return False
    text = stub.read_text(encoding="utf-8")
    return name != "*" and not re.search(rf"\b{re.escape(name)}\b", text) and not has_module(f"{module}.{name}")


@cache
def _root() -> Path | None:
    spec = find_spec(ENGINE)
    return Path(spec.origin).parent if spec and spec.origin else None
