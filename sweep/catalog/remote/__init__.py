"""Catalogs that lie elsewhere, made local: staged once per node, verified, shared by all its workers, read-only."""

from collections.abc import Mapping
from typing import Any

from sweep.catalog.data_files import DataRequest
from sweep.catalog.remote.node_requirements import RequiredFiles, ready
from sweep.catalog.remote.staging import StagedCatalog, Steps, stage
from sweep.common.messages import Say, silent
from sweep.common.object_store import StorageError, is_url
from sweep.errors import InputError

__all__ = ["RequiredFiles", "Say", "StagedCatalog", "brought", "followed", "ready", "silent", "stage"]


def followed[T](steps: Steps[T], say: Say = silent) -> T:
    """Go through the steps of a staging, saying each; what they lead to."""
    while True:
        try:
            say(str(next(steps)))
        except StopIteration as end:
            return end.value


def brought(backtest: Mapping[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """The backtest with its catalog on this machine, with what `others` read of it. InputError where it cannot be."""
    if not is_url(catalog := str(backtest["catalog"])):
        return dict(backtest)
    try:
        return {**backtest, "catalog": str(followed(stage(catalog, [*map(DataRequest.by, (backtest, *others))])).root)}
    except StorageError as error:
        raise InputError(error.problem) from error
