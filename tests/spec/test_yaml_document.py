"""YAML with places."""

import pytest

from sweep.errors import InputError
from sweep.spec.yaml_document import find, parse, read

TEXT = """
a:
  b.c: [1, 2]
venues:
  - {name: ARCA, flag: on}
  - name: SIM
    fee:
      type: X
"""


def test_values_have_the_line_where_they_stand():
    doc = parse(TEXT, "spec")
    assert doc.line("a.b.c") == 3
    assert doc.line("venues.SIM.fee.type") == 8
    assert doc.line("venues.1.fee.type") == 8
    assert doc.line("venues.SIM.fee.nothing") == 7  # the nearest ancestor that was written
    assert doc.line("nowhere") == 1 or doc.line("nowhere") == 2


def test_keys_with_dots_and_elements_by_name_are_found():
    data = parse(TEXT, "spec").data
    assert find(data, "a.b.c.1") == (("a", "b.c", 1), [])
    assert find(data, "venues.SIM.fee") == (("venues", 1, "fee"), [])
    assert find(data, "venues.NYSE.fee") == (("venues",), ["NYSE", "fee"])


def test_put_writes_where_the_path_leads_and_makes_what_is_missing():
    doc = parse(TEXT, "spec")
    doc.put("venues.SIM.fee.type", "Y")
    doc.put("tracking.uri", "z")
    assert doc.data["venues"][1]["fee"]["type"] == "Y"
    assert doc.data["tracking"] == {"uri": "z"}
    with pytest.raises(InputError, match="no mapping"):
        doc.put("venues.SIM.fee.type.deeper", 1)


def test_numbers_are_what_they_look_like():
    values = parse("v: [1e-4, 25_000_000, 0.1, 12:30:00, 010, 0x10, 1_0.5]", "spec").data["v"]
    assert values == [0.0001, 25_000_000, 0.1, "12:30:00", "010", 16, 10.5]


def test_a_key_written_twice_is_a_mistake_not_an_overwrite():
    with pytest.raises(InputError) as caught:
        parse("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n", "spec")
    assert [(p.where, p.line) for p in caught.value.problems] == [("b.c", 4), ("a", 5)]


@pytest.mark.parametrize(("text", "line"), [("a: [1, 2", 2), ("a: b: c", 1), ("\tb: 1", 1)])
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int):
    with pytest.raises(InputError) as caught:
        parse(text + "\n", "spec.yaml")
    assert "YAML" in str(caught.value)
    assert caught.value.problems[0].line in {line, line + 1}


@pytest.mark.parametrize("text", ["- 1\n", "text\n", "\n"])
def test_a_spec_is_a_mapping(text: str):
    if text.strip():
        with pytest.raises(InputError, match="mapping of sections"):
            parse(text, "spec")
    else:
        assert parse(text, "spec").data == {}


def test_a_missing_file_names_its_neighbours(tmp_path):
    (tmp_path / "demo_grid.yaml").write_text("a: 1\n")
    with pytest.raises(InputError, match="did you mean 'demo_grid.yaml'"):
        read(tmp_path / "demo_gird.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path)


def test_code_in_yaml_is_not_run():
    with pytest.raises(InputError):
        parse("a: !!python/object/apply:os.system ['true']\n", "spec")
