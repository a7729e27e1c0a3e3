"""The folder of a sweep as text, there and back."""

import io
import json
import tarfile
from contextlib import redirect_stdout

import pytest

from sweep.cluster import log_transfer
from sweep.cluster.handshake import MARK
from sweep.errors import SweepError
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from tests.support import sweeps


@pytest.fixture(scope="module")
def report(finished_sweep, tmp_path_factory):
    return sweeps.copied(finished_sweep, tmp_path_factory.mktemp("sweep"))


def said(folder: Folder) -> str:
    with redirect_stdout(text := io.StringIO()):
        found = log_transfer.pack(folder.path)
    return f"Running entrypoint\n{text.getvalue()}a warning of somebody else\n{MARK}{json.dumps(found)}\n"


def pieces(text: str, size: int):
    return (text[n : n + size] for n in range(0, len(text), size))


@pytest.mark.parametrize("size", [1_000_003, 997])
def test_a_folder_arrives_as_it_was_however_the_log_is_cut(report, tmp_path, size):
    log_transfer.receive(pieces(said(report.folder), size), tmp_path / "a.tar.gz")
    log_transfer.unpack(tmp_path / "a.tar.gz", tmp_path / "there")
    assert (tmp_path / "there" / "report.html").read_bytes() == (report.folder.path / "report.html").read_bytes()
    assert not (tmp_path / "there" / "driver.lock").exists()
    with Ledger.open(tmp_path / "there" / "ledger.sqlite") as there, report.folder.open() as here:
        assert list(there.rows()) == list(here.rows())


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


def archive(place, *members: tarfile.TarInfo, content: bytes = b""):
    """An archive that somebody else made."""
    with tarfile.open(place / "evil.tar.gz", "w:gz") as evil:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            evil.addfile(member, io.BytesIO(content))
    return place / "evil.tar.gz"


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "evil",
    [
        member("../outside"),
        member("/tmp/outside"),  # noqa: S108
        member("tearsheets/../../outside"),
        member("report.html", tarfile.SYMTYPE, "../../outside"),
        member("report.html", tarfile.SYMTYPE, "ledger.sqlite"),
        member("report.html", tarfile.LNKTYPE, "ledger.sqlite"),
        member("report.html", tarfile.FIFOTYPE),
        member("report.html", tarfile.CHRTYPE),
        member("re\x1bport.html"),
    ],
)
def test_an_archive_holds_files_of_its_folder_alone(evil, tmp_path):
    packed = archive(tmp_path, member("ledger.sqlite"), evil)
    with pytest.raises(SweepError, match="no file of a sweep"):
        log_transfer.unpack(packed, tmp_path / "there")
    assert not (tmp_path / "outside").exists()


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(log_transfer, "FLOOR", 2**20)
    packed = archive(tmp_path, member("ledger.sqlite"), content=bytes(2**25))
    with pytest.raises(SweepError, match="too large when it is unpacked, at 'ledger.sqlite'"):
        log_transfer.unpack(packed, tmp_path / "there")
    assert not list((tmp_path / "there").glob("*"))


def test_many_empty_files_are_a_bomb_too(tmp_path, monkeypatch):
    monkeypatch.setattr(log_transfer, "FLOOR", 2**20)
    packed = archive(tmp_path, *(member(f"{n}") for n in range(1000)))
    monkeypatch.setattr(log_transfer, "RATIO", 1)
    with pytest.raises(SweepError, match="too large"):
        log_transfer.unpack(packed, tmp_path / "there")


def test_a_header_is_not_taken_into_memory_whole(tmp_path):
    info = member("ledger.sqlite")
    info.pax_headers = {"comment": "x" * (2 * log_transfer.HEADER)}
    with pytest.raises(SweepError, match="a header of it is as large as a file"):
        log_transfer.unpack(archive(tmp_path, info), tmp_path / "there")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b" + bytes(40)])
def test_what_is_no_archive_is_refused(content, tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(SweepError, match="cannot be unpacked"):
        log_transfer.unpack(tmp_path / "a.tar.gz", tmp_path / "there")


@pytest.mark.parametrize("said", ["[]", "{}", "null", "not JSON", '{"sha256": 1}'])
def test_an_end_that_says_nothing_is_refused(said, tmp_path):
    with pytest.raises(SweepError, match="not what was sent|none of sweep's"):
        log_transfer.receive([f"{MARK}{said}\n"], tmp_path / "a")


def test_a_line_without_an_end_is_not_kept(tmp_path):
    with pytest.raises(SweepError, match="has no end"):
        log_transfer.receive(("x" * 2**16 for _ in range(10**6)), tmp_path / "a")
