"""YAML with places."""

import pytest

from sweep.errors import InputError
from sweep.spec.yaml_document import find, parse, read
from tests.support.effort import cpu_below

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


def test_dates_and_times_are_text_in_every_place():
    lines = (
        "a: 2024-01-05",
        "b: [2024-01-05 10:00:00, {c: 2024-01-05T10:00:00.123456789Z}]",
        "d: 2024-1-5 9:00:00 +2",
        "2024-01-06: 1",
    )
    assert parse("\n".join(lines), "spec").data == {
        "a": "2024-01-05",
        "b": ["2024-01-05 10:00:00", {"c": "2024-01-05T10:00:00.123456789Z"}],
        "d": "2024-01-05T09:00:00+02:00",
        "2024-01-06": 1,
    }


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


def aliases(first: str, line: str) -> str:
    return f"a0: &a0 {first}\n" + "".join(
        f"a{n}: &a{n} {line.format(','.join([f'*a{n - 1}'] * 10))}\n" for n in range(1, 9)
    )


BOMBS = {
    "aliases of 10^8 values": (aliases("[x]", "[{}]"), "has more than 50,000 values"),
    "merges of 10^8 keys": (aliases("{k: 1}", "{{<<: [{}]}}"), "has too many keys"),
    "a mapping of 5,000 keys merged 40,000 times": (
        "a: &a {" + ",".join(f"k{n}: 0" for n in range(5_000)) + "}\nb: {<<: [" + ",".join(["*a"] * 40_000) + "]}\n",
        "has too many keys",
    ),
    "an anchor in itself": ("a: &a [*a]\n", "an anchor contains itself"),
    "an anchor in its mapping": ("a: &a {x: {y: *a}}\n", "an anchor contains itself"),
    "an anchor that merges itself": ("a: &a\n  <<: *a\n  b: 1\n", "an anchor contains itself"),
    "3,000 brackets": ("a: " + "[" * 3000 + "]" * 3000 + "\n", "nested more than 100 levels"),
    "3,000 mappings": ("".join(" " * n + "a:\n" for n in range(3000)), "nested more than 100 levels"),
    "a list of 100,000 values": ("a: [" + "1," * 100_000 + "]\n", "has more than 50,000 values"),
    "a million and a half keys": ("a: 1\n" * 1_500_000, "has more than 50,000 values"),
    "a NUL byte": ("a: x\0y\n", "control characters are not allowed"),
    "a key of aliases": (aliases("[x]", "[{}]") + "? *a8\n: 1\n", "has more than 50,000 values"),
    "a list as a key": ("? [a]\n: 1\n", "a key must be plain text"),
    "ten million characters": ("a: 1\n" * 2_000_000, "has more than 8,000,000 characters"),
}


@pytest.mark.parametrize("tagged", ["!!timestamp x", "!!bool maybe", "!!int ''", "!!float ''"])
def test_a_tag_that_its_text_does_not_fit_leaves_the_text(tagged: str):
    assert parse(f"a: {tagged}\n", "spec").data == {"a": tagged.partition(" ")[2].strip("'")}


def test_bytes_are_not_plain_data():
    with pytest.raises(InputError, match="could not determine a constructor for the tag .*binary"):
        parse("a: !!binary eA==\n", "spec")


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_would_take_too_much_is_refused_with_a_sentence_soon(bomb: str):
    text, rule = BOMBS[bomb]
    with cpu_below(2), pytest.raises(InputError, match=rule):
        parse(text, "spec")


def test_a_name_in_a_long_list_is_looked_up_soon():
    document = parse("venues:\n" + "".join(f"- {{name: A{n}}}\n" for n in range(3_000)), "spec")
    with cpu_below(1):
        assert [document.line(f"venues.A{n}.oms_type") for n in range(3_000)] == list(range(2, 3_002))
    document.put("venues.0.name", "B")
    assert document.line("venues.B.oms_type") == 2
    assert document.line("venues.A0.oms_type") == 1


@pytest.mark.parametrize("number", ["9" * 1_000_000, "0x" + "f" * 1_000_000, "9" * 401])
def test_a_number_that_no_message_could_show_is_text(number: str):
    assert parse(f"a: {number}\n", "spec").data == {"a": number}


def test_aliases_and_merges_that_people_write_are_read():
    text = "a: &a {x: 1}\nb: [*a, *a]\nc:\n  <<: *a\n  y: 2\n"
    assert parse(text, "spec").data == {"a": {"x": 1}, "b": [{"x": 1}] * 2, "c": {"x": 1, "y": 2}}


@pytest.mark.timeout(20)
def test_thousands_of_mistakes_in_one_list_are_placed_at_once():
    """A search through the list for each of them takes minutes."""
    document = parse("values:\n" + "- 1\n" * 20_000, "spec")
    assert [document.line(f"values.{n}") for n in range(20_000)] == list(range(2, 20_002))
    assert document.line("values.20000") == document.line("values.007") == 1
