"""Python objects as the plain values of a spec, with every object that has none."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import FunctionType
from typing import Any, cast

from sweep.common.json_values import is_list, is_mapping
from sweep.errors import InputError, Problem, shorten
from sweep.interactive.capture import Capture, CapturedPath

ENGINE = "nautilus_trader"
REMEDY = "give plain values, or a dict as in a YAML spec"


def plain_spec(name: str, strategy: object, config: object, sections: Mapping[str, Any]) -> dict[str, Any]:
    """A spec as plain data. InputError with every object that has no plain form, and code that cannot be captured."""
    values = PlainValues()
    document: dict[str, Any] = {"name": name}
    parts = {key: values.of(value, key) for key, value in sections.items() if value is not None}
    document |= {key: parts[key] for key in ("catalog", "period", "data", "venues") if key in parts}
    if strategy is not None:
        document["strategy"] = values.strategy(strategy, config)
    document |= parts
    return values.finish(document)


class PlainValues:
    """Converts values; classes and functions become import paths, those of a notebook once all are known."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.capture = Capture()

    def finish(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with the import paths of captured code. InputError with every mistake."""
        module = self.capture.module(self.problems) if self.capture.objects else ""
        if self.problems:
            raise InputError(self.problems)
        return _renamed(document, module)

    def of(self, value: Any, where: str) -> Any:
        """The plain form of a value; None, and a problem, where there is none."""
        if value is None or type(value) in {bool, int, float, str}:
            return value
        if isinstance(value, type | FunctionType):
            return self._code(value, where)
        if is_mapping(value):
            return {str(key): self.of(item, f"{where}.{key}") for key, item in value.items()}
        if is_list(value) or isinstance(value, tuple | set | frozenset | range):
            items = list(cast("Iterable[Any]", value))
            items = sorted(items) if isinstance(value, set | frozenset) else items
            return [self.of(item, f"{where}.{n}") for n, item in enumerate(items)]
        if is_dataclass(value):
            return {f.name: self.of(getattr(value, f.name), f"{where}.{f.name}") for f in fields(value) if f.init}
        return self._text(value, where)

    def _text(self, value: Any, where: str) -> Any:
        """Values that a spec has as text, and numbers of other libraries."""
        if isinstance(value, Enum):
            return value.name
        if isinstance(value, timedelta):
            whole = not value % timedelta(seconds=1)
            return f"{value // timedelta(seconds=1)} s" if whole else f"{value / timedelta(milliseconds=1):.15g} ms"
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        if isinstance(value, Decimal | Path):
            return str(value)
        kind: Any = cast("type[Any]", type(value))
        if kind.__module__.partition(".")[0] == ENGINE and hasattr(kind, "from_str"):
            return value.name if hasattr(kind, "variants") else str(value)
        if hasattr(kind, "model_fields"):
            return {name: self.of(getattr(value, name), f"{where}.{name}") for name in kind.model_fields}
        if kind.__module__ == "numpy" and hasattr(value, "tolist"):
            return self.of(value.tolist(), where)
        self.problems.append(Problem(where, f"has no plain form: it is a {kind.__name__}", shorten(value), REMEDY))
        return None

    def _code(self, value: Any, where: str) -> str | None:
        """The import path of a class or function; of the engine's own its name."""
        module = getattr(value, "__module__", None) or ""
        if module.partition(".")[0] == ENGINE:
            return value.__name__
        return self.capture.path(value, where, self.problems)

    def strategy(self, strategy: Any, config: Any) -> Any:
        """The section `strategy`: class and config."""
        keys: dict[str, Any] = dict(strategy) if is_mapping(strategy) else {"path": strategy}
        section = {key: self.of(value, f"strategy.{key}") for key, value in keys.items()}
        if config is None:
            return section
        if isinstance(config, type):
            return section | {"config_path": self._code(config, "strategy.config_path"), "config": dict[str, Any]()}
        if is_mapping(config):
            return section | {"config": self.of(config, "strategy.config")}
        path = self._code(cast("type[Any]", type(config)), "strategy.config_path")
        return section | {"config_path": path, "config": self._config(config)}

    def _config(self, config: Any) -> dict[str, Any]:
        """Values of a config object by the arguments of its class, checked: a config from them is equal."""
        from sweep.backtest.user_code.classes import build_verified, parameters

        kind, values = cast("type[Any]", type(config)), dict[str, Any]()
        for name, parameter in parameters(kind).items():
            if not hasattr(config, name):
                rule = f"cannot be read from the config: {kind.__name__} has an argument, but no attribute {name!r}"
                self.problems.append(Problem(f"strategy.config.{name}", rule, None, "give `config` as a dict"))
            elif (value := getattr(config, name)) is not None or parameter.required:
                values[name] = self.of(value, f"strategy.config.{name}")
        again = build_verified(kind, values, "strategy.config", self.problems)
        for name in values if again is not None else ():
            if getattr(again, name) != getattr(config, name):
                rule = "is another value in a config that is built from its plain form"
                self.problems.append(Problem(f"strategy.config.{name}", rule, getattr(config, name), REMEDY))
        return values


def _renamed(value: Any, module: str) -> Any:
    """A document in which the place of captured code is its module."""
    if is_mapping(value):
        return {key: _renamed(item, module) for key, item in value.items()}
    if is_list(value):
        return [_renamed(item, module) for item in value]
    if isinstance(value, CapturedPath):
        return f"{module}:{value!s}"
    return value
