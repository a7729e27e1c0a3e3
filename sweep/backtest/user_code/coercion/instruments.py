"""Instruments as values: the definition in the trial's catalog, by id."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nautilus_trader import model

from sweep.backtest.user_code.coercion.refusal import RefusedError
from sweep.catalog.data_files import instrument_of
from sweep.catalog.instruments.stored import NEEDS_CATALOG, defined
from sweep.common.json_values import is_mapping
from sweep.common.units import nanos
from sweep.errors import did_you_mean

KINDS: frozenset[Any] = frozenset(kind for kind in vars(model).values() if hasattr(kind, "size_increment"))


@dataclass(frozen=True, slots=True)
class Listed:
    """The instruments of a backtest: its catalog, the ids that its data names, and the end of its period."""

    catalog: Path | None
    names: tuple[str, ...]
    end: int | None  # nanoseconds


LISTED: ContextVar[Listed | None] = ContextVar("instruments of the backtest", default=None)


@contextmanager
def instruments_of(backtest: Mapping[str, Any]) -> Generator[None]:
    """Have values inside name the instruments of a backtest."""
    entries: list[Mapping[str, Any]] = [e for e in backtest.get("data") or () if is_mapping(e)]
    named = ((str(e.get("type")), e.get("instruments") or e.get("bar_types") or ()) for e in entries)
    names = tuple(dict.fromkeys(instrument_of(kind, str(i)) for kind, listed in named for i in listed))
    end = None
    with suppress(KeyError, TypeError, ValueError):  # a mistake of the period is reported with its own place
        end = nanos(backtest["period"]["end"])
    catalog = backtest.get("catalog")
    token = LISTED.set(Listed(Path(str(catalog)) if catalog else None, names, end))
    try:
        yield
    finally:
        LISTED.reset(token)


def convert_instrument(value: Any, kind: Any) -> Any:
    """The definition of an instrument. One that the data does not name is refused: it would be no part of the key."""
    source, rule = LISTED.get(), f"must be the id of an instrument ({kind.__name__})"
    if not isinstance(value, str):
        raise RefusedError(rule, "write SYMBOL.VENUE, e.g. SPY.ARCA")
    if source is None:
        raise RefusedError(f"cannot be a {kind.__name__} here, where no catalog is at hand", "take an InstrumentId")
    if value not in source.names:
        raise RefusedError(f"{rule} of the data", f"{did_you_mean(value, source.names)}; or list it under `data:`")
    if source.catalog is None:
        raise RefusedError(NEEDS_CATALOG)
    instrument = defined(source.catalog, value, source.end)
    if not isinstance(instrument, kind):
        actual = f"is a {type(instrument).__name__}" if instrument is not None else "is not defined in the catalog"
        raise RefusedError(f"{rule}: {value} {actual}")
    return instrument
