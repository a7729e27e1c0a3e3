"""Definitions in a catalog: the latest of an instrument, and new ones."""

from pathlib import Path
from typing import Any

from nautilus_trader.persistence import ParquetDataCatalog


def defined(catalog: Path, identifier: str) -> Any:
    """The latest definition of an instrument in a catalog, or None."""
    if not (catalog / "data").is_dir():
        return None
    definitions = ParquetDataCatalog(str(catalog)).instruments([identifier])
    return max(definitions, key=lambda i: i.ts_init, default=None)


def define(catalog: Path, instrument: Any) -> None:
    """Write the definition of an instrument that the catalog does not define."""
    if defined(catalog, str(instrument.id)) is None:
        ParquetDataCatalog(str(catalog)).write_instruments([instrument])
