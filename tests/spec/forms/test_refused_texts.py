import pytest

from sweep.errors import InputError
from sweep.runner.plan import plan
from sweep.spec.forms.refused_texts import refused_texts
from tests.support import sweeps


def test_a_password_is_refused_wherever_it_stands_and_taken_out():
    spec = {
        "catalog": "https://u:12/PLANTED@h/x",
        "tracking": {"uri": "postgresql://me:123/PLANTED@h/db"},
        "strategy": {"config": {"feed": ["ws://h/a", "ws://u:PLANTED@h"], "n": 3}},
    }
    assert [p.where for p in refused_texts(spec)] == ["catalog", "tracking.uri", "strategy.config.feed.1"]
    assert "PLANTED" not in str(spec) and spec["strategy"]["config"]["feed"][0] == "ws://h/a"
    assert refused_texts(spec) == []


@pytest.mark.parametrize(
    "key", ["catalog", "tracking.uri", "strategy.config.buys", "strategy.nothing", "nothing", "data.0.x"]
)
def test_no_message_about_a_spec_repeats_it(key, tmp_path):
    content = sweeps.spec(str(tmp_path), {"strategy.buys": [1, 2]})
    with pytest.raises(InputError) as caught:
        plan(sweeps.write(tmp_path / "spec.yaml", content), [f"{key}=postgresql://me:123/PLANTED@h/db"])
    assert "must not hold a password" in str(caught.value)
    assert "PLANTED" not in f"{caught.value}{caught.value.problems}"


@pytest.mark.parametrize("character", ["\0", "\ud800"])
@pytest.mark.parametrize("place", ["/a{}", "s3://b/a{}", "file:///a{}"])
def test_a_catalog_that_no_library_opens_is_a_mistake(character, place):
    content = sweeps.spec("catalog", {"strategy.buys": [1, 2]}) | {"catalog": place.format(character)}
    problems = refused_texts(content)
    assert [p.where for p in problems] == ["catalog"]
    assert ("NUL" if character == "\0" else "UTF-8") in problems[0].rule
    assert "\ufffd" in content["catalog"]


@pytest.mark.parametrize("catalog", ["http://[", "http://h:x/y", "s3://b?key=1", "https://u:p@h/x"])
def test_an_address_that_is_refused_is_reported_once(catalog, tmp_path):
    """The text in its place, without what may be a secret, is no second mistake."""
    content = sweeps.spec(catalog, {"strategy.buys": [1, 2]})
    with pytest.raises(InputError) as caught:
        plan(sweeps.write(tmp_path / "spec.yaml", content))
    assert [p.where for p in caught.value.problems] == ["catalog"]
