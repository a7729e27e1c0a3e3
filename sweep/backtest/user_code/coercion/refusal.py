"""Refusal of a value that does not fit its declared type."""

from collections.abc import Iterable
from typing import Any

from sweep.errors import did_you_mean


class RefusedError(ValueError):
    """A value that does not fit its declared type: the rule it breaks, and a remedy."""

    def __init__(self, rule: str, remedy: str = "") -> None:
        self.rule, self.remedy = rule, remedy
        super().__init__(rule)


def expect(holds: bool, value: Any, rule: str, remedy: str = "") -> Any:
    if not holds:
        raise RefusedError(rule, remedy)
    return value


def refuse(rule: str, value: Any, choices: Iterable[Any]) -> Any:
    raise RefusedError(rule, did_you_mean(str(value), map(str, choices)))
