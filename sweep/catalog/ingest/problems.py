"""Mistakes in files and values as problems: the place, the rule, and a remedy that helps with this instrument."""

import csv
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from zipfile import BadZipFile

from sweep.catalog.ingest.parsing.cell_error import NO_TABLE, FileError
from sweep.catalog.ingest.parsing.decimals import SCALE, InexactError
from sweep.errors import InputError, Problem

TEMPLATE_OF = {
    "Equity": "equity", "FuturesContract": "cme_future", "OptionContract": "spy_option",
    "CryptoPerpetual": "binance_perpetual",
}  # fmt: skip
WHOLE = {
    "Equity",
    "FuturesContract",
    "OptionContract",
    "FuturesSpread",
    "OptionSpread",
}  # their sizes are whole numbers
ROUND = "--round rounds them, and says by how much"


@contextmanager
def at(where: str, instrument: Any) -> Generator[None]:
    """Turn what is wrong with a file or an option into InputError, at its place."""
    try:
        yield
    except InexactError as error:
        place = f"{error.place}: " if error.place else ""
        raise InputError(Problem(where, f"{place}holds {error}", remedy=finer(instrument, error))) from error
    except FileError as error:
        raise InputError(Problem(where, str(error), error.value, error.remedy)) from error
    except UnicodeDecodeError as error:
        rule = f"is no text of {error.encoding}: its byte {error.start + 1} of a part cannot be read"
        raise InputError(Problem(where, rule, remedy="save it as UTF-8")) from error
    except csv.Error as error:
        limit = f"a cell of more than {csv.field_size_limit():,} characters"
        reason = limit if "field limit" in str(error) else str(error)
        raise InputError(Problem(where, f"cannot be read as a table: {reason}", remedy=NO_TABLE)) from error
    except (ValueError, OSError, EOFError, zlib.error, BadZipFile) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(Problem(where, reason)) from error


def finer(instrument: Any, error: InexactError) -> str:
    """The way to hold numbers of more decimals than an instrument has."""
    if error.needed > SCALE:
        return ROUND
    kind = type(instrument).__name__
    step = f"{10.0**-error.needed:.{error.needed}f}"
    if error.noun == "sizes" and kind in WHOLE:
        return f"{kind} has whole sizes; {ROUND}"
    if kind == "CurrencyPair":
        option = "--precision" if error.noun == "prices" else "--size-precision"
        return f"give {option} {error.needed}, in a new catalog; or {ROUND}"
    key = "price_increment" if error.noun == "prices" else "size_increment"
    template = TEMPLATE_OF.get(kind)
    if template is None:
        return f"define {instrument.id} with {key} {step}, in a new catalog; or {ROUND}"
    command = f"sweep catalog instruments --template {template} --id {instrument.id} --set {key}={step} --catalog NEW"
    return f"define it so in a new catalog ({command}) and ingest into that; or {ROUND}"
