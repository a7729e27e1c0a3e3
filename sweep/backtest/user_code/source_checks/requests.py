"""Requests for history that user code makes, read from its source: their data is a part of a trial's key."""

from collections.abc import Mapping
from typing import Any

from sweep.backtest.user_code.source_checks.class_source import references
from sweep.backtest.user_code.source_snapshot import files
from sweep.spec.data_kinds import REQUESTS


def requested(backtest: Mapping[str, Any]) -> list[str]:
    """Kinds of data that some user code of a backtest asks for, wherever in its source."""
    names = references(files(backtest).values())
    return sorted(kind for method, kind in REQUESTS.items() if method in names)
