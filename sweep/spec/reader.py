"""The spec: one YAML file as frozen types. `read` finds every mistake of form at once."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sweep.common import object_store
from sweep.common.json_values import is_list, is_mapping, repeated
from sweep.common.units import nanos
from sweep.errors import InputError, Problem, did_you_mean
from sweep.spec import yaml_document
from sweep.spec.components import address_checks, places, rules
from sweep.spec.components.places import constants, full_name
from sweep.spec.components.rules import MISSING
from sweep.spec.data_kinds import DATA_KINDS, LISTED_KINDS
from sweep.spec.forms.included_files import include
from sweep.spec.forms.list_lengths import require_short_lists
from sweep.spec.forms.refused_texts import refused_texts
from sweep.spec.forms.short_forms import METHODS, SAMPLERS, complete, write_out
from sweep.spec.forms.switched_off import leave_out
from sweep.spec.model import BACKTEST, Spec, plain
from sweep.spec.search_rules import mistakes, starting_points
from sweep.spec.sections import (
    IMPORT_PATH,
    TAGS,
    Data,
    Validation,
)
from sweep.spec.space import Dimension, LogRange, Space
from sweep.spec.space_parser import parse
from sweep.spec.yaml_document import Document


@dataclass(frozen=True, slots=True)
class ParsedSpec:
    """A spec as far as it could be read: whole (`spec`) only when nothing is wrong with its form."""

    document: Document
    spec: Spec | None
    backtest: dict[str, Any]  # the sections of the backtest that are well formed, as plain data
    search: Space  # the dimensions that are well formed
    problems: list[Problem]
    sections: dict[str, Any]  # the known sections as written, with None in place of each part that is malformed
    validation: Validation | None = None  # that section, where it is well formed

    def section(self, name: str) -> dict[str, Any]:
        """One of the sections; {} where it is absent, or no mapping."""
        return self.sections.get(name) or {}


ALONE: dict[str, Any] = {"space": {}}  # the search of a backtest without one: a grid of one trial


type ConfigOf = Callable[[str], str | None]  # the path of a config class, by that of its strategy


def read(
    source: str | Path, settings: Sequence[str] = (), *, alone: bool = False, config_of: ConfigOf = lambda _: None
) -> ParsedSpec:
    """Read a spec (a path, or text), apply `--set PATH=VALUE` settings, and check its form.

    `alone` reads the backtest without its search, which may then be absent. `config_of` fills in `config_path`.
    What needs the catalog, the engine or the user's code to be known is checked by `sweep.runner.plan`.
    """
    doc = yaml_document.read(source)
    problems = include(doc, Path() if "\n" in str(source) else Path(source).parent)
    require_short_lists(doc.data, problems)
    places.complete(doc.data)
    write_out(doc.data)
    problems += [p for setting in settings if (p := _set(doc, setting))]
    write_out(doc.data)
    problems += refused_texts(doc.data)
    problems += leave_out(doc)
    complete(doc.data, config_of)
    if alone:
        doc.data = {k: v for k, v in doc.data.items() if k != "prefer"} | {"search": ALONE}
    fields = Spec.model_fields
    problems += [
        Problem(key, "is not a section of a spec", remedy=did_you_mean(key, fields))
        for key in doc.data
        if key not in fields
    ]
    problems += [
        Problem(key, MISSING, remedy="add it") for key, f in fields.items() if f.is_required() and key not in doc.data
    ]
    read_sections = {key: _parsed(key, value) for key, value in doc.data.items() if key in fields}
    problems += [_problem(key, error) for key, (_, errors) in read_sections.items() for error in errors]
    sections = {key: section for key, (section, _) in read_sections.items()}
    sound = {key: _without(doc.data[key], errors) for key, (_, errors) in read_sections.items()}
    good = {key: sections[key] for key in BACKTEST if sections.get(key)}
    problems += _semantics(sections, {p.where for p in problems})
    problems += rules.mistakes(doc.data, sections)
    parsed = _search({key: doc.data[key] for key in good}, doc.data.get("search"), problems)
    problems += mistakes(doc.data)
    spec = Spec.model_construct(None, **sections) if not problems else None
    return ParsedSpec(doc, spec, plain(good), parsed, problems, sound, sections.get("validation"))


def _parsed(key: str, value: Any) -> tuple[Any, list[ErrorDetails]]:
    """A section of the spec by its type; None, and everything that the type refuses."""
    field = Spec.model_fields[key]
    annotated: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    try:
        return TypeAdapter(annotated).validate_python(value), []
    except ValidationError as error:
        return None, error.errors()


def _without(value: Any, errors: Sequence[ErrorDetails]) -> Any:
    """A section as written, with None in place of each part that is refused."""
    sound = deepcopy(value) if errors else value
    for error in errors:
        holder: Any = {"section": sound}
        part: Any = "section"
        for step in error["loc"]:
            inner = holder[part]
            if not (step in inner if is_mapping(inner) else is_list(inner) and isinstance(step, int)):
                continue  # the name of a form that was tried, or of a key that is missing
            holder, part = inner, step
        if error["type"] != "missing":
            holder[part] = None
        if part == "section":
            sound = holder["section"]
    return sound


RULES = {
    "missing": "is missing",
    "extra_forbidden": "is not a key here",
    "literal_error": "must be {expected}",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "too_short": "must hold at least one element",
    "string_too_short": "must not be empty",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be greater than {gt:g}",
    "finite_number": "must be a finite number",
}


def _problem(section: str, error: ErrorDetails) -> Problem:
    kind, value = error["type"], error["input"]
    loc = tuple(part for part in error["loc"] if part not in TAGS)
    where = ".".join(map(str, (section, *loc)))
    rule = RULES[kind].format(**error.get("ctx", {})) if kind in RULES else error["msg"].removeprefix("Value error, ")
    remedy = ""
    if kind == "string_pattern_mismatch":
        rule, remedy = _pattern_rule((section, *loc))
    if kind == "extra_forbidden":
        remedy = did_you_mean(str(loc[-1]), _keys_of(section, loc[:-1]))
    if kind == "literal_error" and isinstance(value, str):
        remedy = did_you_mean(value, re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", ""))))
    if where == "search.method":
        rule, remedy = f"must be {METHODS}", did_you_mean(str(value), SAMPLERS, listed=0)
    return Problem(where, rule, None if kind == "missing" else value, remedy)


def _pattern_rule(place: tuple[int | str, ...]) -> tuple[str, str]:
    if place[-1] == "name" and place[1:]:
        return "must be a name of letters, digits and '_', with no digit at its start", "for example fast_trend"
    if place == ("name",):
        return "must be letters, digits, '-', '_' and '.', at most 80", "for example spy-score-grid"
    return "must be an import path module:Class", "for example my_package.my_strategy:MyStrategy"


def _keys_of(section: str, loc: Sequence[int | str]) -> list[str]:
    annotation: Any = Spec.model_fields[section].annotation
    annotation = next((a for a in get_args(annotation) if isinstance(a, type) and issubclass(a, BaseModel)), annotation)
    for key in loc:
        fields = getattr(annotation, "model_fields", {})
        inner = get_args(getattr(annotation, "__value__", annotation))
        annotation = fields[key].annotation if key in fields else next(iter(inner), annotation)
        annotation = next((a for a in get_args(annotation) if a is not type(None)), annotation)
    return list(annotation.model_fields) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _semantics(sections: Mapping[str, Any], refused: Collection[str]) -> list[Problem]:
    """Rules that a type cannot say, for each section whose form is right.

    A catalog that was refused is left out: it stands there without what may be a secret.
    """
    problems: list[Problem] = []
    catalog = "" if "catalog" in refused else sections.get("catalog") or ""
    if object_store.is_url(catalog):
        problems += [Problem("catalog", rule, catalog) for rule in object_store.problems(catalog)]
    if (period := sections.get("period")) and nanos(period.start) >= nanos(period.end):
        interval, remedy = f"{period.start} … {period.end}", "end is exclusive: the day after the last"
        problems.append(Problem("period", "start must be before end", interval, remedy))
    problems += [p for n, entry in enumerate(sections.get("data") or ()) for p in _data_entry(n, entry)]
    names = [v.name for v in sections.get("venues") or ()]
    problems += [Problem(f"venues.{n}.name", "is the name of an earlier venue", names[n]) for n in repeated(names)]
    return problems


def _data_entry(n: int, entry: Data) -> list[Problem]:
    where = f"data.{n}"
    if entry.chain is not None:
        return _chain(where, entry)
    if entry.type in LISTED_KINDS:
        needed = DATA_KINDS[entry.type].key
        other = "instruments" if needed == "bar_types" else "bar_types"
        problems = [Problem(where, f"{entry.type} needs {needed}")] if getattr(entry, needed) is None else []
        if getattr(entry, other) is not None:
            problems.append(Problem(f"{where}.{other}", f"is not a key of {entry.type}", remedy=f"use {needed}"))
        values: list[str] = getattr(entry, needed) or []
        twice = [Problem(f"{where}.{needed}.{i}", "is in the list twice", values[i]) for i in repeated(values)]
        return problems + twice
    if re.fullmatch(IMPORT_PATH, entry.type):
        keys = [k for k in ("instruments", "bar_types") if getattr(entry, k) is not None]
        return [Problem(f"{where}.{k}", "is not a key of custom data: all of it is delivered") for k in keys]
    rule = "must be QuoteTick, TradeTick, Bar, another kind of market data, or module:Class of a custom data class"
    return [Problem(f"{where}.type", rule, entry.type, did_you_mean(entry.type, LISTED_KINDS))]


def _chain(where: str, entry: Data) -> list[Problem]:
    others = [k for k in ("instruments", "bar_types") if getattr(entry, k) is not None]
    problems = [Problem(f"{where}.{k}", "is not a key of a chain", remedy="use an entry of its own") for k in others]
    if entry.type != "QuoteTick":
        problems.append(Problem(f"{where}.chain", "is a key of QuoteTick alone", entry.type))
    return problems


def _search(base: Mapping[str, Any], search: Any, problems: list[Problem]) -> Space:
    """Check the search as written, so that it is checked even where another key of it is wrong.

    `base` holds the sections of the backtest that are well formed, as written.
    """
    if not is_mapping(search) or not is_mapping(dimensions := search.get("space")):
        return Space(())  # said already
    constraints = search.get("constraints", [])
    parsed, mistakes = parse(dimensions, constraints if is_list(constraints) else [], constants(base))
    sections = {p.where.partition(".")[0] for p in problems}
    mistakes += address_checks.mistakes(base, list(dimensions), search.get("repeat"), sections)
    mistakes += address_checks.field_mistakes(parsed.dimensions)
    if search.get("method", "grid") == "grid":
        mistakes += [_endless(d) for d in parsed.dimensions if not len(d)]
        is_empty = not mistakes and parsed.is_empty()
    else:
        is_empty = not mistakes and parsed.draw(Random(0)) is None
        mistakes += starting_points(search.get("enqueue"), parsed) if not mistakes else []
    if is_empty:
        mistakes.append(Problem("search.constraints", "no point of the space satisfies all of them", constraints))
    problems += mistakes
    return parsed


def _endless(dimension: Dimension) -> Problem:
    remedy = "add points: 9" if isinstance(dimension, LogRange) else "add step: …, or points: 9"
    return Problem(f"search.space.{dimension.name}", "a grid needs a countable range", remedy=remedy)


def _set(doc: Document, setting: str) -> Problem | None:
    path, equals, text = setting.partition("=")
    if not equals or not path:
        return Problem("--set", "must be PATH=VALUE", setting, "for example --set strategy.tp_pct=5")
    value = yaml_document.parse(f"value: {text}", "--set").data["value"]
    try:
        doc.put(full_name(path), value, flat=("search", "space"))
    except InputError as error:
        return Problem(f"--set {path}", error.problems[0].rule, text)
    return None
