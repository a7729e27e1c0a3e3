"""Definitions in a catalog: the latest of an instrument, its lots, and new ones."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from pathlib import Path
from typing import Any

from nautilus_trader.persistence import ParquetDataCatalog

NEEDS_CATALOG = "is an instrument of the catalog, which is not at hand"  # the rule of a value that is checked later


def defined(catalog: Path, identifier: str, end: int | None = None) -> Any:
    """The latest definition of an instrument in a catalog, before a time in nanoseconds if one is named, or None."""
    if not (catalog / "data").is_dir():
        return None
    definitions = ParquetDataCatalog(str(catalog)).instruments([identifier])
    return max((i for i in definitions if end is None or i.ts_init < end), key=lambda i: i.ts_init, default=None)


def define(catalog: Path, instrument: Any) -> None:
    """Write the definition of an instrument that the catalog does not define."""
    if defined(catalog, str(instrument.id)) is None:
        ParquetDataCatalog(str(catalog)).write_instruments([instrument])


def lots(catalog: Path, identifiers: Iterable[str]) -> dict[str, str]:
    """The step of the sizes of each instrument: the smallest multiple of its size increment and its lot.

    A lot of 1 is that of an instrument which has none: the engine writes it, also where the increment is smaller.
    """
    steps: dict[str, str] = {}
    for identifier in dict.fromkeys(identifiers):
        if (instrument := defined(catalog, identifier)) is not None:
            sizes = [size.as_decimal() for size in (instrument.size_increment, instrument.lot_size) if size is not None]
            parts = [Fraction(size) for n, size in enumerate(sizes) if n == 0 or size not in (0, 1)]
            step = Fraction(lcm(*(p.numerator for p in parts)), gcd(*(p.denominator for p in parts)))
            steps[identifier] = str(Decimal(step.numerator) / step.denominator)
    return steps
