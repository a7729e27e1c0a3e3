"""Numbers as people write them: decimal commas, separators of thousands, signs of currencies, 1.5M, 1.2E-05."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog.ingest.parsing.cell_error import CellError
from sweep.catalog.ingest.parsing.decimals import DECIMAL, MOST, SCALE

EMPTY = ("", "-", "--", ".", "none", "null", "nan", "na", "n/a", "#n/a", "<na>", "nat", "\\n", "-nan", "#na", "1.#qnan",
         "-1.#ind")  # fmt: skip
MULTIPLES = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
SIGNS = "[$€£¥\\s\u00a0\u202f']"  # around digits, or between groups of them
PLAIN = re.compile(r"[+-]?[\d.,]+")
GROUPS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")  # 1,234: thousands, or a decimal comma
POINT = r"^[+-]?(\d*\.(\d{1,2}|\d{4,})|0*\.\d+|\d{4,}\.\d+)$"  # 1.1 and 1.2345: no point of thousands
SUFFIXES = "kKmMbBtT%"
OPEN = 'state what its comma is: --decimal "," (1,234 is one and a bit) or --decimal "." (it is more than 1000)'
MIXED = "?"  # in the place of a number whose signs are not those of the file


def trimmed(names: Any) -> Any:
    """Names trimmed, null where there is none: "NA" is a ticker, and no missing value."""
    texts = pc.utf8_trim_whitespace(names)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def emptied(texts: Any) -> Any:
    """The texts trimmed, and null where one stands for no value."""
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(pc.utf8_lower(trimmed), pa.array(EMPTY)), pa.scalar(None, pa.string()), trimmed)


def decimal_sign(columns: Iterable[Any]) -> str:
    """The sign between whole and fraction, "," or ".", as the numbers of a file show it; "" where none shows it."""
    undecided = False
    for column in columns:
        with_comma = column.filter(pc.match_substring(column, ",").fill_null(False))  # noqa: FBT003
        for text in with_comma.unique().to_pylist():
            word = re.sub(SIGNS, "", text)
            if "." in word:
                return "," if word.rindex(",") > word.rindex(".") else "."
            if word.count(",") > 1 and GROUPS.fullmatch(word.rstrip(SUFFIXES)):
                return "."
            number = word.rstrip(SUFFIXES)
            if PLAIN.fullmatch(number) and (not GROUPS.fullmatch(number) or number.lstrip("+-").startswith("0")):
                return ","
            undecided |= GROUPS.fullmatch(word) is not None
        if pc.any(pc.match_substring_regex(column, POINT).fill_null(False)).as_py():  # noqa: FBT003
            return "."
    return "" if undecided else "."


def decimals_of(texts: Any, sign: str, *, rounds: bool = False) -> Any:
    """Exact decimals, null where a text is. CellError for the first that is no number, or one that cannot be read.

    `rounds`: what has more decimals than the engine keeps is rounded.
    """
    if sign != ",":  # else 1.200 is more than a thousand
        try:
            return texts.cast(DECIMAL)
        except pa.ArrowInvalid:
            pass
    plain = _plain(texts, sign)
    try:
        return plain.cast(DECIMAL)
    except pa.ArrowInvalid:
        pairs = zip(plain.to_pylist(), texts.to_pylist(), strict=True)
        return pa.array([_one(row, *pair, sign, rounds=rounds) for row, pair in enumerate(pairs)], DECIMAL)


def number_of(text: str) -> Decimal:
    """The number of one text, by its own signs. CellError where it is none, or where its comma may mean two things."""
    texts = pa.array([text.strip()])
    return decimals_of(texts, decimal_sign([texts]))[0].as_py()


def _plain(texts: Any, sign: str) -> Any:
    """The texts without separators, with a point before the fraction."""
    plain = pc.replace_substring_regex(texts, SIGNS, "")
    if sign == ",":
        grouped = pc.match_substring_regex(plain, r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?[kKmMbBtT%]?$")
        return pc.if_else(grouped, pc.replace_substring(pc.replace_substring(plain, ".", ""), ",", "."), MIXED)
    grouped = pc.match_substring_regex(plain, r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?[kKmMbBtT%]?$")
    return pc.if_else(grouped, pc.replace_substring(plain, ",", ""), plain) if sign else plain


def _one(row: int, plain: str | None, text: str, sign: str, *, rounds: bool) -> Decimal | None:
    if plain is None:
        return None
    many = MULTIPLES.get(plain[-1:].lower(), 1)
    try:
        number = Decimal(plain[:-1] if many > 1 else plain) * many
    except InvalidOperation:
        raise CellError(row, text, "is no number", _remedy(plain, sign)) from None
    if not number.is_finite() or abs(number) >= MOST:
        raise CellError(row, text, "is too large for a number", "correct the row, or take it out")
    with localcontext(prec=60):
        if number != round(number, SCALE) and not rounds:
            raise CellError(row, text, f"has more than {SCALE} decimals", "--round rounds it, and says by how much")
        return round(number, SCALE)


def _remedy(plain: str, sign: str) -> str:
    if "," in plain and not sign:
        return OPEN
    if plain == MIXED or "," in plain or plain.count(".") > 1:
        return 'is the sign between whole and fraction another? --decimal "," or --decimal "."'
    return "correct the row, or take it out; is the column the right one (--columns)?"
