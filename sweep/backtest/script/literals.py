"""Values as Python source that gives equal values."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, cast

from sweep.backtest.user_code.coercion.instruments import KINDS

ENGINE = "nautilus_trader"
CLOCK = re.compile(r"\bdatetime\.(?=(?:datetime|date|time|timedelta|timezone)\b)")


class NoSourceError(ValueError):
    """A value that no source text can give back."""


class Literals:
    """Writes values; classes of user code by the names that `name_of` gives them."""

    def __init__(self, name_of: Callable[[type], str]) -> None:
        self._name_of = name_of

    def of(self, value: Any) -> str:
        """The source of a value. Raises NoSourceError for a value without one."""
        if value is None or (isinstance(value, bool | int | str | bytes) and type(value).__module__ == "builtins"):
            return repr(value)
        if type(value) is float:
            return repr(value) if value - value == 0 else f'float("{value}")'
        if isinstance(value, Enum):
            return f"{self.name(type(value))}.{value.name}"
        if isinstance(value, type):
            return self.name(value)
        if isinstance(value, Decimal):
            return f'Decimal("{value}")'
        if isinstance(value, datetime | date | time | timedelta):
            return CLOCK.sub("dt.", repr(value))
        if isinstance(value, Path):
            return f"Path({str(value)!r})"
        return self._container(value)

    def call(self, function: str, arguments: Mapping[str, Any]) -> str:
        """A call with arguments by name."""
        return f"{function}({', '.join(f'{name}={self.of(value)}' for name, value in arguments.items())})"

    def name(self, kind: type) -> str:
        """The name of a class: of the engine's own by their package (`nt_model.Money`)."""
        package, _, module = kind.__module__.partition(".")
        if package == ENGINE:
            return f"nt_{module.partition('.')[0]}.{kind.__qualname__}"
        return kind.__qualname__ if package == "builtins" else self._name_of(kind)

    def _container(self, value: Any) -> str:
        kind = cast("type[Any]", type(value))
        if isinstance(value, Mapping):
            items = cast("Mapping[Any, Any]", value).items()
            return "{" + ", ".join(f"{self.of(k)}: {self.of(v)}" for k, v in items) + "}"
        if kind in {set, frozenset}:
            return f"{kind.__name__}({self.of(sorted(value))})"
        if kind in {list, tuple}:
            inner = ", ".join(map(self.of, value))
            return f"[{inner}]" if kind is list else f"({inner}{',' if len(value) == 1 else ''})"
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
            return self.call(self.name(kind), fields)
        return self._native(value)

    def _native(self, value: Any) -> str:
        """A value of the engine's: an instrument by its fields, a variant of an enum by its name, others by text."""
        kind = cast("type[Any]", type(value))
        if kind in KINDS:
            return f"{self.name(kind)}.from_dict({self.of(value.to_dict())})"
        if kind.__module__.partition(".")[0] != ENGINE or not hasattr(kind, "from_str"):
            raise NoSourceError(f"a {kind.__name__} cannot be written as source: {value!r}")
        if hasattr(kind, "variants"):
            return f"{self.name(kind)}.{value.name}"
        return f"{self.name(kind)}.from_str({str(value)!r})"
