"""Parts of a spec in files: the same spec as written in one, a part of the key, and mistakes with the file's lines."""

from pathlib import Path

import pytest
import yaml

from sweep.errors import InputError
from sweep.runner.plan import plan
from sweep.spec import yaml_document
from sweep.spec.reader import read
from tests.support import sweeps
from tests.support.portfolio_specs import component, spec

FAST = component("fast", "Turning", every=5)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tiny catalog."""
    return sweeps.catalog(tmp_path_factory.mktemp("catalog"), minutes=1)


def parted(place: Path, catalog: str, *, every: str = "5") -> Path:
    """A spec whose venues, second strategy, config of the first and search stand in files."""
    whole = spec(
        catalog, {"strategies.fast.every": [5, 6]}, [FAST | {"config": "file:parts/fast.yaml"}, "file:slow.yml"]
    )
    (place / "parts").mkdir(exist_ok=True)
    (place / "parts/fast.yaml").write_text(f"# a comment\nevery: {every}\n")
    (place / "slow.yml").write_text(yaml.safe_dump(component("slow", "Turning") | {"config": "file:parts/slow.yaml"}))
    (place / "parts/slow.yaml").write_text("trade_size: 3\n")
    (place / "venues.yaml").write_text(yaml.safe_dump(whole["venues"]))
    (place / "search.yaml").write_text(yaml.safe_dump(whole["search"]))
    return sweeps.write(place / "spec.yaml", whole | {"venues": "file:venues.yaml", "search": "file:search.yaml"})


def test_a_spec_in_files_is_the_spec_in_one(tmp_path, catalog):
    in_files = plan(parted(tmp_path, catalog))
    slow = component("slow", "Turning", trade_size=3)
    in_one = plan(yaml.safe_dump(spec(catalog, {"strategies.fast.every": [5, 6]}, [FAST, slow]), sort_keys=False))
    assert in_files.id == in_one.id
    assert in_files.key({"strategies.fast.every": 6}) == in_one.key({"strategies.fast.every": 6})
    assert "file:" not in in_files.yaml()  # what a run keeps stands for itself
    parted(tmp_path, catalog, every="7")
    assert plan(tmp_path / "spec.yaml").id != in_one.id


def test_a_mistake_has_the_line_of_its_file(tmp_path, catalog):
    path = parted(tmp_path, catalog, every="often")
    with pytest.raises(InputError) as caught:
        plan(path, ["search={space: {}}"])
    (problem,) = caught.value.problems
    assert str(problem).startswith("fast.yaml line 2: strategies.fast.config.every: must be a whole number")


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("fsat.yaml", None, "names a file that does not exist"),
        ("a" * 5_000, "every: 5", "names a file that cannot be read: File name too long"),
        ("fa\0st.yaml", "every: 5", "names a file that cannot be read: "),
        (".", "every: 5", "names a file that cannot be read: Is a directory"),
        ("fast.yaml", "every: [1", "is not valid YAML"),
        ("fast.yaml", "- 1\n", "must be a mapping"),
    ],
)
def test_a_reference_that_leads_nowhere(tmp_path, name, text, rule):
    (tmp_path / "fast.yaml").write_text(text or "every: 5\n")
    path = sweeps.write(tmp_path / "spec.yaml", spec("data", {}, [FAST | {"config": f"file:{name}"}]))
    problems = read(path).problems
    assert any(rule in p.rule for p in problems)
    assert (text is None) == any("did you mean 'fast.yaml'" in p.remedy for p in problems)


@pytest.mark.parametrize(("limit", "most", "content"), [("LENGTH", 5_000, "5" * 3_000), ("VALUES", 350, [1] * 300)])
def test_the_files_of_a_spec_together_are_no_longer_than_one_may_be(tmp_path, monkeypatch, limit, most, content):
    (tmp_path / "fast.yaml").write_text(f"every: {content}\n")
    names = [component(f"n{n}", "Turning") | {"config": "file:fast.yaml"} for n in range(3)]
    path = sweeps.write(tmp_path / "spec.yaml", spec("data", {}, names))
    monkeypatch.setattr(yaml_document, limit, most)
    with pytest.raises(InputError, match="makes the spec too long"):
        read(path)


def test_a_value_inside_of_a_config_is_text():
    # only sections, items and configs may stand in files: a strategy's own value is its own business
    one = component("fast", "Turning", every="file:x.yaml")
    assert read(yaml.safe_dump(spec("data", {}, [one]))).backtest["strategies"][0]["config"]["every"] == "file:x.yaml"
