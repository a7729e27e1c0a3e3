import ast
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.common.nautilus1 import signs
from sweep.common.programs import program
from sweep.errors import InputError
from sweep.port.file import parse, port
from sweep.port.files import port_files
from sweep.port.rewrite.context import Options
from tests.port import cases
from tests.port.snippets import HEAD, ported
from tests.support.effort import cpu_below, repeats

SOURCES = sorted(cases.STRATEGIES.glob("*.py"))


def test_a_mistake_in_the_syntax_is_shown_with_its_line():
    with pytest.raises(InputError) as refused:
        parse(Path("old.py"), "x = 1\nclass A(:\n    pass\n")
    assert refused.value.problems[0].line == 2 and refused.value.problems[0].where == "old.py"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_was_ported_has_nothing_of_1_left(path):
    result = port(path, path.read_text("utf-8")).result
    ast.parse(result)
    assert signs(result) == []


@pytest.mark.slow
def test_a_thousand_lines_take_under_two_seconds():
    source = "\n\n".join([HEAD, *(path.read_text("utf-8") for path in SOURCES)])
    assert len(source.splitlines()) >= 900
    with cpu_below(2):
        ported(source)


def test_comments_and_code_that_has_nothing_to_do_with_the_engine_stay():
    for path in SOURCES:
        source = path.read_text("utf-8")
        result = port(path, source).result
        for line in source.splitlines():
            if line.lstrip().startswith("#"):
                assert line in result


@settings(max_examples=repeats(60, quick=25), deadline=None)
@given(
    st.lists(st.sampled_from([p.read_text("utf-8") for p in SOURCES]), min_size=1, max_size=2), st.integers(0, 10**6)
)
def test_any_cut_of_a_file_that_is_python_is_ported_to_python(sources, cut):
    lines = "\n".join(sources).splitlines()
    source = "\n".join(lines[: 1 + cut % len(lines)]) + "\n"
    try:
        ast.parse(source)
    except SyntaxError:
        return
    ast.parse(ported(source).result)


def test_ruff_formats_what_it_formatted_before(tmp_path):
    ruff = program("ruff")
    for path in SOURCES:
        command = [ruff, "format", "-q", "--stdin-filename", str(tmp_path / path.name), "-"]
        process = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=True)
        (tmp_path / path.name).write_bytes(process.stdout)
    for file in port_files([tmp_path], Options()):
        command = [ruff, "format", "-q", "--stdin-filename", str(file.path), "-"]
        again = subprocess.run(command, input=file.result.encode(), capture_output=True, check=True).stdout.decode()
        assert again == file.result, file.path.name
