"""Parameters of a trial's run in MLflow: those that the search chose, then the rest of the backtest in the spec."""

from collections.abc import Iterator
from typing import Any

from sweep.common.json_values import Plain, is_list, is_mapping
from sweep.ledger.facts import SweepFacts
from sweep.spec.components import places
from sweep.trial import Params

WHOLE = "data"  # a section that is one value
HIDDEN = places.TARGETS, "code"  # no settings of a backtest


def params(facts: SweepFacts, searched: Params) -> dict[str, Plain]:
    """All that determines the trial and is not a default, under the names that the spec's search space has for it."""
    backtest = facts.backtest
    taken = {address for name in searched for address in places.addresses(backtest, name)}
    names = [*places.SINGLE, *places.LISTS, *backtest]  # strategies before the market
    ordered = {name: backtest[name] for name in dict.fromkeys(names) if name in backtest}
    rest = {_short(name): value for name, value in _settings("", ordered) if not _is_set(name, taken)}
    return {**searched, **rest}


def _settings(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The single values below a place with their full names; a list of named parts by their names."""
    if is_mapping(value) and value and place != WHOLE:
        for key, part in value.items():
            if place or key not in HIDDEN:
                yield from _settings(f"{place}.{key}" if place else str(key), part)
    elif is_list(value) and value and all(is_mapping(part) and "name" in part for part in value):
        for part in value:
            rest = {key: content for key, content in part.items() if key != "name"}
            yield from _settings(f"{place}.{part['name']}", rest or True)
    elif value != {}:
        yield place, value


def _is_set(name: str, taken: set[str]) -> bool:
    """True if a searched parameter is this value, a part of it, or all around it."""
    return any(f"{name}.".startswith(f"{address}.") or address.startswith(f"{name}.") for address in taken)


def _short(full: str) -> str:
    """`strategy.x` for `strategy.config.x`, as a search space has it; the full name where that would be another."""
    short = full.replace(".config.", ".", 1)
    return short if places.full_name(short) == full else full
