"""Sweeps that exist: which one a plan goes on with, and why another one of the same name is not it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sweep.common.json_values import is_list, is_mapping
from sweep.common.messages import Say, silent
from sweep.errors import InputError, LedgerError, Problem
from sweep.ledger.facts import SweepFacts
from sweep.ledger.run_directory import Folder
from sweep.runner.plan import SweepPlan, plan
from sweep.spec import yaml_document
from sweep.spec.search_sections import SearchRules


def resume(folder: Folder, settings: Sequence[str] = (), say: Say = silent) -> SweepPlan:
    """The plan of a sweep that exists, made from its own spec. Refused, with the reasons, if it is not the same now."""
    again = plan(folder.spec, settings, say=say)
    if again.id != folder.id:
        problems = [
            Problem(folder.id, f"cannot go on: {why}", remedy="`sweep run` starts a new sweep")
            for why in differences(folder, again)
        ]
        raise InputError(problems)
    return again


def is_stressed(folder: Folder) -> bool:
    """True if the spec of a sweep has stress tests."""
    section = yaml_document.read(folder.spec).data
    return is_mapping(section) and "stress" in section


def related_sweeps(runs_dir: Path, planned: SweepPlan) -> list[tuple[Folder, Sequence[str]]]:
    """Other sweeps of the same name, and why this one is not the same."""
    others = [f for f in Folder.all(runs_dir) if f.name == planned.spec.name and f.id != planned.id]
    related: list[tuple[Folder, Sequence[str]]] = []
    for folder in others:
        with suppress(LedgerError):  # one that cannot be read is no reason to stop
            related.append((folder, differences(folder, planned)))
    return related


def differences(folder: Folder, planned: SweepPlan) -> list[str]:
    """List the inputs of a sweep that have changed since, a sentence each."""
    with folder.open() as ledger:
        then = ledger.facts
    now = SweepFacts.of(planned.facts())
    changes = [
        f"{name} changed: it was {was}, now it is {is_}"
        for name, was, is_ in (("engine", then.engine, now.engine), ("protocol", then.protocol, now.protocol))
        if was != is_
    ]
    if then.data != now.data:
        changes.append(f"the data in {planned.catalog} changed")
    modules = {m for m in then.sources.keys() | now.sources.keys() if then.sources.get(m) != now.sources.get(m)}
    changes += [f"the source of {module} changed" for module in sorted(modules)]
    changed = _changed(_whole(then.search), _whole(now.search), "search")
    changed += _changed(then.backtest, now.backtest, "")
    return changes + [
        f"{path} changed: it was {was!r}, now it is {is_!r}" for path, was, is_ in changed if path != "catalog"
    ]


def _whole(search: Mapping[str, object] | None) -> Mapping[str, object]:
    """Keys of a study with the defaults, which its facts leave out."""
    fields = SearchRules.model_fields.items()
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields if not field.is_required()}
    return {**defaults, **search} if search else {}


def _changed(then: object, now: object, path: str) -> list[tuple[str, object, object]]:
    if is_mapping(then) and is_mapping(now):
        keys = dict.fromkeys([*then, *now])
        return [c for k in keys for c in _changed(then.get(k), now.get(k), f"{path}.{k}" if path else k)]
    if is_list(then) and is_list(now) and len(then) == len(now):
        return [c for n, (a, b) in enumerate(zip(then, now, strict=True)) for c in _changed(a, b, f"{path}.{n}")]
    return [] if then == now else [(path, then, now)]
