"""The JSON schema of a spec: complete, as in the wheel, and every example in it is taken by the reader."""

import json
from pathlib import Path

import pytest

import sweep
from sweep.spec.components.places import full_name
from sweep.spec.forms.json_schema import find, keys, schema, type_of
from sweep.spec.forms.key_notes import NOTES, example
from sweep.spec.model import Spec
from sweep.spec.reader import read

SPEC = """name: small
catalog: data
period: { start: 2026-05-04, end: 2026-05-09 }
data: [{ type: QuoteTick, instruments: [SPY.ARCA] }]
venues: [{ name: ARCA, fill_model: { type: DefaultFillModel, random_seed: 1 } }]
strategy: { path: "mine:Mine", config_path: "mine:Config" }
search: { method: optuna, trials: 5, space: { strategy.tp_pct: [0.1, 0.2], strategy.fast: [1, 2], strategy.slow: [2] } }
"""
NEEDED = {  # what else a spec must say for an example to be right
    "data.bar_types": ["data.0={type: Bar}"],
    "data.chain": ["data.0={type: QuoteTick}"],
    "data.type": ["data.0={bar_types: [SPY.ARCA-1-MINUTE-LAST-EXTERNAL]}"],
    "prefer": ["objective=[sharpe_ratio, max_drawdown]"],
    "search.space": ["search.constraints=[]"],
    "strategy.native": ["strategy={config: {}}"],
    "risk.then": ["risk={daily_loss: 2 %}"],
    "risk.until": ["risk={daily_loss: 2 %}"],
    "search": ["search={space: {}}"],
    "search.method": ["search={space: {strategy.tp_pct: [1, 2]}}"],
    "search.pruner": [],
    "search.pruner.percentile": ["search.pruner={type: percentile, rungs: [0.5]}"],
    "search.pruner.reduction_factor": ["search.pruner={type: asha, rungs: [0.1, 0.5]}"],
    "search.pruner.lower": ["search.pruner={type: threshold, rungs: [0.5]}"],
    "search.pruner.upper": ["search.pruner={type: threshold, rungs: [0.5]}"],
    "search.pruner.p_threshold": ["search.pruner={type: wilcoxon, rungs: [0.5]}"],
    "search.pruner.startup_trials": ["search.pruner={type: median, rungs: [0.5]}"],
    "search.pruner.type": ["search.pruner={rungs: [0.5]}"],
    "search.repeat.score": ["search.repeat={over: venues.ARCA.fill_model.random_seed, values: 3}"],
    "search.repeat.over": ["search.repeat={values: 3}"],
    "search.repeat.values": ["search.repeat={over: venues.ARCA.fill_model.random_seed}"],
    "search.sampler_options": [],
    "validation.walk_forward.train": ["validation.walk_forward={test: 20d}"],
}


@pytest.mark.parametrize("path", NOTES)
def test_an_example_is_a_valid_value(path):
    parts = path.split(".")
    if parts[0] in ("data", "venues") and parts[1:]:
        parts.insert(1, "0")
    needed = NEEDED.get(path, [])
    if path.startswith("validation.walk_forward.") and not needed:
        needed = ["validation.walk_forward={train: 60d, test: 20d}"]
    if path.startswith("portfolio.period."):
        needed = ["portfolio={period: {start: 2026-01-01, end: 2026-04-01}}"]
    if path.startswith("controller."):
        needed = ["controller={path: 'mine:Boss'}"]
    if path.startswith("search.pruner.") and not needed:
        needed = ["search.pruner={type: median}"]
    parsed = read(SPEC, [*needed, f"{full_name('.'.join(parts))}={NOTES[path][1]}"], config_of=lambda _: "mine:Config")
    assert not [p for p in parsed.problems if p.where.startswith(path.partition(".")[0])]


def test_every_key_has_a_meaning_and_an_example():
    document, paths = schema(), []

    def walk(path, node):
        for name, inner in keys(document, node).items():
            paths.append(f"{path}.{name}".lstrip("."))
            walk(paths[-1], inner)

    walk("", document)
    shared = ("metrics.", "strategies.", "actors.", "exec_algorithms.")  # explained at metrics and at strategy
    assert [path for path in paths if path not in NOTES and not path.startswith(shared)] == []
    assert set(NOTES) <= set(paths)
    assert not [
        path for path in paths if "metrics." not in path and not (find(document, path) or {}).get("description")
    ]


def test_the_file_in_the_wheel_is_the_schema():
    file = Path(sweep.__file__).with_name("spec") / "schema.json"
    assert json.loads(file.read_text()) == schema(), "run: sweep spec schema > sweep/spec/schema.json"


def test_the_schema_is_pydantics_own_but_for_what_is_added():
    document, plain = schema(), Spec.model_json_schema()
    assert set(document["$defs"]) == set(plain["$defs"])
    assert set(document["properties"]) == set(Spec.model_fields)
    assert document["required"] == plain["required"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("name", "text"), ("limits.retries", "whole number"), ("data.instruments", "list of text"),
        ("search.pruner.rungs", "list of whole number, or number"), ("objective.direction", "maximize | minimize"),
        ("validation.walk_forward.anchored", "true | false"), ("strategy.config", "mapping"),
    ],
)  # fmt: skip
def test_types_are_told_in_words(path, text):
    document = schema()
    node = find(document, path)
    assert node
    assert type_of(document, node) == text


def test_periods_in_examples_are_text_as_editors_read_them():
    assert example("period") == {"start": "2026-05-04", "end": "2026-05-09"}
    json.dumps(schema())


def test_there_is_nothing_where_nothing_is():
    assert find(schema(), "search.metod") is None


def test_the_defaults_of_a_study_are_told():
    reading, document = read(SPEC, config_of=lambda _: "mine:Config"), schema()
    assert isinstance(reading.spec, Spec)
    section = reading.spec.search.model_dump()
    for name in ("sampler", "seed", "window", "avoid_repeats"):
        assert (find(document, f"search.{name}") or {})["default"] == section[name] is not None
