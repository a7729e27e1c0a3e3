"""A resolved backtest as one Python file for NautilusTrader alone, with the same fills."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from sweep.backtest.script.components import adding_source, venue_source
from sweep.backtest.script.data_source import constants, entries_of, helpers, loading, prepared
from sweep.backtest.script.embedded_code import embedded, renamed
from sweep.backtest.script.literals import Literals, NoSourceError
from sweep.backtest.script.merged_code import FUTURE, Module, merged
from sweep.backtest.user_code.coercion.instruments import instruments_of
from sweep.backtest.user_code.source_hashes import import_paths
from sweep.backtest.user_code.source_snapshot import SourceSnapshot
from sweep.common.units import nanos
from sweep.errors import SweepError
from sweep.spec.components.places import TARGETS, components
from sweep.spec.components.portfolio import OFF
from sweep.spec.sections import CodeRules

SECTIONS = {
    "catalog", "period", "data", "venues", "strategy", "strategies", "actors", "exec_algorithms", "metrics",
    "data_missing", "code", "history", TARGETS, OFF,
}  # fmt: skip
OWN_PACKAGE = re.compile(r"^\s*(?:from|import)\s+sweep\b", re.MULTILINE)
PACKAGES = (
    "backtest",
    "common",
    "execution",
    "model",
    "persistence",
    "trading",
)  # of the engine
RESERVED = {
    *(f"nt_{name}" for name in PACKAGES), "sys", "csv", "CATALOG", "START", "END", "WINDOW", "INSTRUMENTS", "UNFLAGGED",
    "TRAILING", "CODE", "Embedded", "chain", "book_events", "definitions", "query", "add", "fills", "save",
    "run_backtest", "main",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """The trial that a script is made of, for its head."""

    title: str  # such as "Trial 70 of spy-score-grid-1a2b3c4d"
    facts: Sequence[str]  # key, engine, data: a line each


@dataclass(frozen=True, slots=True)
class _Code:
    """User code inside a script."""

    text: str
    is_merged: bool

    def name_of(self, kind: type) -> str:
        """The name of a class of it."""
        return kind.__qualname__ if self.is_merged else f"{renamed(kind.__module__)}.{kind.__qualname__}"


def plain_script(backtest: Mapping[str, Any], code: SourceSnapshot, origin: Origin) -> str:
    """The script of a resolved backtest. `code` must be what its import paths load now.

    Raises SweepError with the reason where a plain script cannot do the same.
    """
    paths = list(import_paths({k: v for k, v in backtest.items() if k != "metrics"}))
    modules = _modules(code.restricted(paths))
    _require_plain(backtest, modules, paths)
    source = merged(modules, RESERVED)
    if source is None:
        imports = sorted({f"import {renamed(path.partition(':')[0])}" for path in paths})
        user = _Code(embedded(modules) + "\n".join(["", "", *imports]), is_merged=False)
    else:
        user = _Code(source, is_merged=True)
    try:
        text = _assembled(backtest, user, origin)
    except NoSourceError as error:
        raise SweepError(f"no plain script has the same values: {error}") from error
    ast.parse(text)
    return text


def _modules(code: SourceSnapshot) -> dict[str, Module]:
    """The modules of user code, and the packages without a file that hold them."""
    files = {
        name: Module(name, m.content.decode("utf-8-sig").replace("\r\n", "\n"), m.is_package)
        for name, m in code.modules.items()
    }
    holders = {n: Module(n, "", is_package=True) for name in files for n in _above(name) if n not in files}
    return {**holders, **files}


def _above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _require_plain(backtest: Mapping[str, Any], modules: Mapping[str, Module], paths: Sequence[str]) -> None:
    """Refuse what works only in a trial of this package."""
    reasons = [f"the source of {path} is not there" for path in paths if path.partition(":")[0] not in modules]
    reasons += [f"it has a section {name!r}, which has no place in it" for name in backtest if name not in SECTIONS]
    if kinds := backtest.get("history"):
        reasons.append(f"the strategy asks for history ({', '.join(kinds)}), which the engine answers in no backtest")
    for name, module in modules.items():
        if OWN_PACKAGE.search(renamed(module.text)):
            reasons.append(f"{name} imports from this package, which a plain script does not have")
        if "__file__" in module.text:
            reasons.append(f"{name} looks for files beside itself (__file__), which a single script does not have")
    if reasons:
        raise SweepError(f"cannot be exported as a plain script: {'; '.join(reasons)}")


def _assembled(backtest: Mapping[str, Any], user: _Code, origin: Origin) -> str:
    literals, entries = Literals(user.name_of), entries_of(backtest)
    start, end = (nanos(backtest["period"][bound]) for bound in ("start", "end"))
    future, rest = _parted(user.text)
    about = "\n".join(["", *origin.facts]) if origin.facts else ""
    imports = "\n".join(f"from nautilus_trader import {name} as nt_{name}" for name in PACKAGES)
    period = f"{backtest['period']['start']} until {backtest['period']['end']}"
    head = "\n".join([
        f"CATALOG = {str(backtest['catalog'])!r}",
        f"START, END = {start}, {end}  # {period}, nanoseconds",
        "WINDOW = 86_400 * 10**9",
        *constants(backtest, entries, (start, end)),
    ])  # fmt: skip
    with instruments_of(backtest):
        added = [adding_source(place, backtest, literals) for place in components(backtest)]
    body = [
        *(venue_source(venue, literals) for venue in backtest["venues"]),
        *prepared(entries, literals),
        *added,
    ]
    steps = indent("\n".join(loading(entries)), " " * 8)
    setup = indent("\n".join(body), " " * 4)
    return TEMPLATE.format(
        title=origin.title, about=about, future=future, imports=imports, code=rest, head=head,
        helpers="\n".join(helpers(entries)), setup=setup, steps=steps,
        strict=CodeRules.model_validate(backtest.get("code") or {}).logged_errors == "fail",
    )  # fmt: skip


def _parted(text: str) -> tuple[str, str]:
    """The imports from `__future__`, which a file must begin with, and the rest."""
    lines = text.splitlines()
    future = [line for line in lines if line.startswith(FUTURE)]
    return "".join(f"{line}\n" for line in future), "\n".join(line for line in lines if line not in future).strip("\n")


TEMPLATE = '''"""{title}, by NautilusTrader alone.
{about}

    python THIS_FILE [--fills FILE.csv]     # the fills as CSV

Only `nautilus_trader` is needed, and the catalog that CATALOG names.
"""

{future}import csv
import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path

{imports}

{head}

# ---- strategy -------------------------------------------------------------------------------------------------------

{code}


# ---- backtest -------------------------------------------------------------------------------------------------------


def definitions(catalog, names):
    """The latest definition of each instrument before the end."""
    found = sorted((i for i in catalog.instruments(names) if i.ts_init < END), key=lambda i: i.ts_init)
    return [instrument for _, instrument in sorted({{str(i.id): i for i in found}}.items())]


def query(catalog, kind, names, start, end, ends=False):
    """Events with start <= time < end; of bars, whose time is their end, those that end in the period."""
    first, last = max(start, START + ends), min(end, END + ends) - 1
    if first > last:
        return []
    if names is None:
        return catalog.query_custom_data(kind, None, first, last)
    return catalog.query(kind, names, first, last)

{helpers}
def add(engine, events, client_id=None):
    """Add events, and count them; at equal times what is added first comes first."""
    if events:
        engine.add_data(events, client_id=client_id, validate=False, sort=False)
    return len(events)


def fills(engine):
    """Every fill in the order of time."""
    orders = [order for order in engine.cache.orders() if order.trade_ids]
    events = [e for order in orders for e in order.events() if isinstance(e, nt_model.OrderFilled)]
    return sorted(events, key=lambda e: e.ts_event)


def save(events, file):
    """Write fills as CSV."""
    with Path(file).open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["ts_event", "instrument_id", "side", "quantity", "price", "commission", "client_order_id"])
        for e in events:
            rows.writerow([e.ts_event, e.instrument_id, e.order_side.name, e.last_qty, e.last_px, e.commission,
                           e.client_order_id])


def run_backtest():
    """Run the backtest; the engine, which has ended."""
    logging = nt_common.LoggerConfig(stdout_level=nt_common.LogLevel.OFF)
    engine = nt_backtest.BacktestEngine(nt_backtest.BacktestEngineConfig(logging=logging, shutdown_on_error={strict}))
    catalog = nt_persistence.ParquetDataCatalog(CATALOG)
{setup}
    total = 0
    for start in range(START, END + 1, WINDOW):
        end, added = min(start + WINDOW, END + 1), 0
{steps}
        if added:
            engine.sort_data()
            engine.run(streaming=True)
            engine.clear_data()
        total += added
        if engine.iteration != total:
            raise RuntimeError(f"the engine stopped after {{engine.iteration}} of {{total}} events: see its log")
    engine.end()
    return engine


def main():
    """Run the backtest and print what it came to."""
    engine = run_backtest()
    events = fills(engine)
    if "--fills" in sys.argv:
        save(events, sys.argv[sys.argv.index("--fills") + 1])
    equity = [str(money) for venue in engine.list_venues() for money in engine.portfolio.equity(venue).values()]
    print(f"{{len(events)}} fills, equity {{', '.join(equity)}}")
    engine.dispose()


if __name__ == "__main__":
    main()
'''
