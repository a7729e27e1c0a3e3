"""Venues, parameters and searches that are switched off leave the spec that they are not in."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sweep.errors import InputError
from sweep.runner.plan import plan
from sweep.spec.reader import read
from tests.support import sweeps


def spec(**sections: Any) -> dict[str, Any]:
    return sweeps.spec("nowhere", {"strategy.buys": [1, 2]}, **sections)


def parsed(content: dict[str, Any]) -> Any:
    return read(yaml.safe_dump(content, sort_keys=False))


VENUE = spec()["venues"][0]


def test_what_is_off_is_not_there_and_what_is_on_has_no_key():
    other = VENUE | {"name": "SIM"}
    space = {"strategy.buys": [1, 2], "strategy.pause": {"values": [0, 1]}}
    on = {"values": [0, 1], "enabled": True}
    plain = parsed(spec(venues=[VENUE], search={"space": {"strategy.buys": [1, 2]}}))
    off = parsed(
        spec(
            venues=[other | {"enabled": False}, VENUE | {"enabled": True}],
            search={"space": {"strategy.buys": [1, 2], "strategy.pause": on | {"enabled": False}}},
        )
    )
    assert off.backtest == plain.backtest
    assert off.search == plain.search
    both = parsed(spec(search={"space": space | {"strategy.pause": on}}))
    assert both.search == parsed(spec(search={"space": space})).search


def test_a_search_that_is_off_is_one_trial():
    off = parsed(spec(search={"enabled": False, "space": {"strategy.buys": [1, 2]}, "constraints": ["buys > 0"]}))
    assert not off.problems
    assert off.spec.count() == (1, True)


def test_mistakes_keep_their_lines_behind_a_venue_that_is_left_out():
    venues = [VENUE | {"name": "SIM", "enabled": False}, VENUE | {"name": 3}]
    text = yaml.safe_dump(spec(venues=venues), sort_keys=False)
    whole = read(text)
    (problem,) = (p for p in whole.problems if p.where.startswith("venues"))
    line = whole.document.line(problem.where)
    assert text.splitlines()[line - 1].strip(" -") == "name: 3"


@pytest.mark.parametrize("value", ["no", 0, [True, False]])
def test_other_switches_are_mistakes(value: Any):
    space = {"strategy.buys": {"values": [1], "enabled": value}}
    whole = parsed(spec(venues=[VENUE | {"enabled": value}], search={"space": space}))
    assert [(p.where, p.rule) for p in whole.problems] == [
        ("venues.0.enabled", "must be true or false"),
        ("search.space.strategy.buys.enabled", "must be true or false"),
    ]


def test_parts_in_files_have_their_switches(tmp_path: Path):
    (tmp_path / "sim.yaml").write_text(yaml.safe_dump(VENUE | {"name": "SIM", "enabled": False}))
    space = {"strategy.buys": "file:buys.yaml", "strategy.pause": {"values": [0], "enabled": False}}
    (tmp_path / "space.yaml").write_text(yaml.safe_dump(space))
    (tmp_path / "buys.yaml").write_text("[1, 2]\n")
    content = spec() | {"catalog": sweeps.catalog(tmp_path / "catalog", minutes=1)}
    whole = plan(yaml.safe_dump(content, sort_keys=False))
    parts = content | {"venues": ["file:sim.yaml", VENUE], "search": {"space": "file:space.yaml"}}
    in_files = plan(sweeps.write(tmp_path / "spec.yaml", parts))
    assert (in_files.id, in_files.yaml()) == (whole.id, whole.yaml())
    (tmp_path / "buys.yaml").write_text("[1, 1]\n")
    with pytest.raises(InputError) as caught:
        plan(tmp_path / "spec.yaml")
    assert "buys.yaml" in str(caught.value.problems[0])
    assert plan(tmp_path / "spec.yaml", ["search.enabled=false"]).spec.count() == (1, True)
