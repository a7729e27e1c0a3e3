"""Pieces of 1.x code, ported."""

from pathlib import Path

from sweep.port.file import Ported, port
from sweep.port.rewrite.context import Options

HEAD = """from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import Bar, QuoteTick
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy


class SConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId


class S(Strategy):
    def __init__(self, config: SConfig) -> None:
        super().__init__(config)

"""


def ported(source: str, *, compat: bool = False) -> Ported:
    return port(Path("old.py"), source, (), Options(compat=compat))


def in_strategy(body: str, *, imports: str = "", compat: bool = False) -> Ported:
    """The body as methods of a strategy with a config."""
    lines = "".join(f"    {line}\n" if line else "\n" for line in body.strip("\n").splitlines())
    return ported(imports + HEAD + lines, compat=compat)


def in_method(line: str, *, imports: str = "", compat: bool = False) -> Ported:
    """The statements as what a strategy does at a bar."""
    inside = "".join(f"    {each}\n" for each in line.splitlines())
    return in_strategy(f"def on_bar(self, bar: Bar) -> None:\n{inside}", imports=imports, compat=compat)


def kept(result: Ported) -> str:
    """The rewritten statements in `on_bar`, without the comments."""
    body = result.result.split("def on_bar(self, bar: Bar) -> None:\n", 1)[1]
    lines = [line[8:] for line in body.splitlines() if line.startswith("        ")]
    return "\n".join(line for line in lines if not line.lstrip().startswith("# sweep port"))
