"""Local copy of a catalog at a URL, with the files that the trials of a spec read."""

from contextlib import suppress
from dataclasses import replace

from sweep.catalog import remote
from sweep.catalog.data_files import DataRequest
from sweep.catalog.remote import StagedCatalog
from sweep.common import extras
from sweep.common.messages import Say
from sweep.common.object_store import StorageError, is_url
from sweep.errors import Problem
from sweep.runner.planning import closes
from sweep.spec.components.places import full_name
from sweep.spec.model import resolve
from sweep.spec.reader import ParsedSpec
from sweep.spec.sample_points import sample, well_formed


def staged(draft: ParsedSpec, say: Say, problems: list[Problem]) -> tuple[ParsedSpec, StagedCatalog | None]:
    """The draft with its catalog on this machine; without any, and why, where that cannot be."""
    url = draft.backtest.get("catalog", "")
    if not is_url(url):
        return draft, None
    without = replace(draft, backtest={k: v for k, v in draft.backtest.items() if k != "catalog"})
    if not {"data", "period"} <= draft.backtest.keys() or any(p.where in {"catalog", "data"} for p in problems):
        return without, None
    if absent := extras.missing("cluster", "catalog"):
        problems += absent
        return without, None
    try:
        staged = remote.followed(remote.stage(url, _wanted(draft)), say)
    except StorageError as error:
        problem = error.problem
        problems.append(Problem("catalog", f"{problem.where} {problem.rule}", remedy=problem.remedy))
        return without, None
    return replace(draft, backtest={**draft.backtest, "catalog": str(staged.root)}), staged


def _wanted(draft: ParsedSpec) -> list[DataRequest]:
    """Data that the backtests read, for every value that the space has for period and data."""
    space = well_formed(draft)
    first = space.first() or {}
    points = [first]
    for dimension in space.dimensions if first else ():
        if full_name(dimension.name).partition(".")[0] in {"period", "data"}:
            points += [first | {dimension.name: value} for value in sample(dimension)]
    requests: dict[DataRequest, None] = {}
    for point in points:
        with suppress(ValueError):  # said by the check of the values
            backtest = resolve(draft.backtest, point)
            requests[DataRequest.by(backtest)] = None
            if earlier := closes.span(draft):
                requests[DataRequest.by({**backtest, "period": earlier.period})] = None
    return list(requests)
