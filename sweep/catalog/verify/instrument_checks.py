"""The instruments that a catalog defines, and doubts about them alone. Read from Parquet: no engine is needed."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sweep.catalog.data_files import DEFINITION, DataFile
from sweep.catalog.verify.fault_codes import Fault
from sweep.errors import InputError, Problem

DERIVATIVES = {"FuturesContract", "OptionContract", "FuturesSpread", "OptionSpread"}
CRYPTO = {"CryptoPerpetual", "CryptoFuture", "CryptoOption"}


@dataclass(frozen=True, slots=True)
class Definition:
    """One instrument."""

    id: str
    type: str  # Equity, CurrencyPair …
    precision: tuple[int, int]  # decimals of prices and of sizes
    tick: Decimal
    step: Decimal
    has_scheme: bool  # ticks differ by price
    multiplier: Decimal
    margin: Decimal
    listed: int  # UNIX nanoseconds, 0 where it does not say
    expires: int
    never_closes: bool = False  # coins trade at every hour


def definitions(files: Iterable[DataFile]) -> dict[str, Definition]:
    """The latest definition of each instrument, by id. InputError where one cannot be read."""
    latest: dict[str, tuple[int, Definition]] = {}
    for file in files:
        if file.kind != DEFINITION:
            continue
        for row in _rows(file.path):
            earlier = latest.get(row["id"])
            if earlier is None or row["ts_init"] >= earlier[0]:
                latest[row["id"]] = row["ts_init"], _definition(file.type, row)
    return {name: definition for name, (_, definition) in sorted(latest.items())}


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        with pq.ParquetFile(path) as parquet:
            return _plain(parquet.read()).to_pylist()
    except (OSError, pa.ArrowException) as damaged:
        rule = f"is damaged: {str(damaged).splitlines()[0][:120]}"
        raise InputError(Problem(str(path), rule, remedy="write the definition again")) from damaged


def _plain(table: Any) -> Any:
    """Times as integers; what else a definition says of itself is not needed."""
    for n, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(n, field.name, table.column(n).cast(pa.int64()))
    return table.drop_columns(["info"]) if "info" in table.schema.names else table


def _definition(kind: str, row: dict[str, Any]) -> Definition:
    size_digits = int(row.get("size_precision") or 0)
    return Definition(
        row["id"],
        kind,
        (int(row["price_precision"]), size_digits),
        Decimal(row["price_increment"]),
        Decimal(row.get("size_increment") or Decimal(1).scaleb(-size_digits)),
        bool(row.get("tick_scheme")),
        Decimal(row.get("multiplier") or 1),
        Decimal(row.get("margin_init") or 0),
        int(row.get("activation_ns") or 0),
        int(row.get("expiration_ns") or 0),
        kind in CRYPTO or (kind == "CurrencyPair" and _is_coin(str(row.get("base_currency") or ""))),
    )


def _is_coin(code: str) -> bool:
    if not code:
        return False
    from nautilus_trader.model import Currency

    return Currency.from_str(code).currency_type.name == "CRYPTO"


def doubts(definitions: Iterable[Definition], with_data: set[str]) -> Iterator[Fault]:
    """Doubts about the definitions themselves."""
    for d in definitions:
        if not d.margin:
            yield Fault("margin", d.id, 1)
        if d.type in DERIVATIVES and d.multiplier == 1:
            yield Fault("multiplier", d.id, 1, d.type)
        if d.id not in with_data:
            yield Fault("no-data", d.id, 1)
