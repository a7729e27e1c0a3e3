"""Pruners by the names that specs use; the table of names is `PRUNERS` of `sweep.spec.search_sections`."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sweep.search.pruners.base import Pruner
from sweep.spec.objectives import Goal
from sweep.spec.search_sections import PRUNERS


def create(options: Mapping[str, Any], goal: Goal, seed: int) -> Pruner:
    """Create the pruner that the section `search.pruner` of a spec describes."""
    module = import_module(f"{__package__}.{PRUNERS[options['type']].module}")
    return module.create(options, goal, seed)
