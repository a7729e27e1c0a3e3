"""Plain data: what a spec is made of and what crosses a process boundary. Nothing else does."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from hashlib import sha256
from json import dumps
from sys import float_info
from typing import Any, TypeIs

type Plain = str | int | float | bool | list[Plain] | dict[str, Plain] | None


def is_mapping(value: object) -> TypeIs[Mapping[str, Any]]:
    """True if plain data is a mapping; its keys are text."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeIs[list[Any]]:
    """True if plain data is a list."""
    return isinstance(value, list)


def is_number(value: object) -> TypeIs[int | float]:
    """True if plain data is a finite number, as a float has them; true and false are not."""
    return type(value) in {int, float} and abs(value) <= float_info.max  # type: ignore[arg-type,operator]


def texts(value: object) -> Iterator[str]:
    """Every text in plain data; the keys of mappings are names, not data."""
    if isinstance(value, str):
        yield value
    elif is_mapping(value) or is_list(value):
        for inner in value.values() if is_mapping(value) else value:
            yield from texts(inner)


def repeated(values: Sequence[Hashable]) -> list[int]:
    """Positions of the values that stand before, too."""
    first: dict[Hashable, int] = {}
    return [n for n, value in enumerate(values) if first.setdefault(value, n) != n]


def digest(content: object) -> str:
    """SHA-256 of plain content, as hex: independent of the order of keys, exact in its numbers."""
    return sha256(dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()
