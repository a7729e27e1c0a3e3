"""The folder of a sweep as text, there and back."""

import io
import json
from contextlib import redirect_stdout

import pytest

from sweep.cluster import log_transfer
from sweep.cluster.handshake import MARK
from sweep.common.files.tar_files import unpack
from sweep.errors import SweepError
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from tests.support import sweeps


@pytest.fixture(scope="module")
def report(finished_sweep, tmp_path_factory):
    return sweeps.copied(finished_sweep, tmp_path_factory.mktemp("sweep"))


def said(folder: Folder) -> str:
    with redirect_stdout(text := io.StringIO()):
        packed = log_transfer.pack(folder.path)
    return f"Running entrypoint\n{text.getvalue()}a warning of somebody else\n{MARK}{json.dumps(packed)}\n"


def pieces(text: str, size: int):
    return (text[n : n + size] for n in range(0, len(text), size))


@pytest.mark.parametrize("size", [1_000_003, 997])
def test_a_folder_arrives_as_it_was_however_the_log_is_cut(report, tmp_path, size):
    log_transfer.receive(pieces(said(report.folder), size), tmp_path / "a.tar.gz")
    unpack(tmp_path / "a.tar.gz", tmp_path / "there")
    assert (tmp_path / "there" / "report.html").read_bytes() == (report.folder.path / "report.html").read_bytes()
    assert not (tmp_path / "there" / "driver.lock").exists()
    with Ledger.open(tmp_path / "there" / "ledger.sqlite") as received, report.folder.open() as here:
        assert list(received.rows()) == list(here.rows())


def test_what_was_damaged_on_its_way_is_refused(report, tmp_path):
    text = said(report.folder)
    at = text.index(log_transfer.PART) + 5000
    with pytest.raises(SweepError, match="not what was sent"):
        log_transfer.receive([text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]], tmp_path / "a")


def test_what_breaks_off_is_refused(report, tmp_path):
    with pytest.raises(SweepError, match="broke off after"):
        log_transfer.receive([said(report.folder)[:9000]], tmp_path / "a")


def test_the_sender_s_own_problem_is_told(tmp_path):
    with pytest.raises(SweepError, match="cannot send it: there is no sweep in /x"):
        log_transfer.receive([f'{MARK}{{"problem": "there is no sweep in /x"}}\n'], tmp_path / "a")


@pytest.mark.parametrize("text", ["[]", "{}", "null", "not JSON", '{"sha256": 1}'])
def test_an_end_that_says_nothing_is_refused(text, tmp_path):
    with pytest.raises(SweepError, match="not what was sent|none of sweep's"):
        log_transfer.receive([f"{MARK}{text}\n"], tmp_path / "a")


def test_a_line_without_an_end_is_not_kept(tmp_path):
    with pytest.raises(SweepError, match="has no end"):
        log_transfer.receive(("x" * 2**16 for _ in range(10**6)), tmp_path / "a")
