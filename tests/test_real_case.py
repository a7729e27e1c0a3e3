"""The commands of docs/guides/real-case.md print each line that the page shows, cell by cell."""

import re
import subprocess

import pytest

from tests.support.project import ROOT, copied
from tests.test_docs import script

PAGE = ROOT / "docs" / "guides" / "real-case.md"
BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTE = re.compile(r"^> (.*(?:\n> .*)*)", re.MULTILINE)


def output_lines() -> list[str]:
    """The lines of the page that are output: blocks of text, and quotations as one line each."""
    text = PAGE.read_text()
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines() if line.strip()]
    return lines + [quote.replace("\n> ", " ") for quote in QUOTE.findall(text)]


def pattern(line: str) -> re.Pattern[str]:
    """The cells of a line in their order; a table of the page may leave out columns."""
    cells = re.split(r"\s{2,}", line.strip())
    return re.compile(r"(?<!\S)" + r"\s(?:.*\s)?".join(map(re.escape, cells)) + r"(?!\S)")


def test_a_line_is_found_by_its_cells_only():
    printed = "  4   8.84   30,140.00   71.3 %   30"
    assert pattern("4   8.84   30").search(printed)
    assert not pattern("4   8.8   30").search(printed)
    assert not pattern("8.84   4").search(printed)


def test_the_page_shows_tables_verdicts_and_looks():
    assert len(output_lines()) > 20


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_each_figure_of_the_page_is_printed(tmp_path):
    environment = copied(tmp_path)
    command = ["bash", "-euo", "pipefail", "-c", script(PAGE)]
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    printed = (process.stdout + process.stderr).splitlines()
    assert not [line for line in output_lines() if not any(pattern(line).search(each) for each in printed)]
