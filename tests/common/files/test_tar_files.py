"""Archives of others."""

import gzip
import io
import tarfile
from contextlib import suppress

import pytest

from sweep.common.files import tar_files
from sweep.common.files.tar_files import unpack
from sweep.errors import SweepError


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
        unpack(packed, tmp_path / "there")
    assert not (tmp_path / "outside").exists()


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tar_files, "FLOOR", 2**20)
    packed = archive(tmp_path, member("ledger.sqlite"), content=bytes(2**25))
    with pytest.raises(SweepError, match="too large when it is unpacked, at 'ledger.sqlite'"):
        unpack(packed, tmp_path / "there")
    assert not list((tmp_path / "there").glob("*"))


@pytest.mark.parametrize(("kind", "content"), [(b"x", b"13 path=abcd\n"), (b"g", b"13 path=abcd\n"), (b"L", b"abcd\0")])
def test_headers_of_headers_are_a_sentence(kind, content, tmp_path):
    """The library takes a header in a header by calling itself."""
    header = member("h", kind)
    header.size = len(content)
    packed = tmp_path / "evil.tar.gz"
    packed.write_bytes(gzip.compress((header.tobuf() + content.ljust(512, b"\0")) * 3000))
    with pytest.raises(SweepError, match="more headers than files have"):
        unpack(packed, tmp_path / "there")


def test_many_empty_files_are_a_bomb_too(tmp_path, monkeypatch):
    monkeypatch.setattr(tar_files, "FLOOR", 2**20)
    packed = archive(tmp_path, *(member(f"{n}") for n in range(1000)))
    monkeypatch.setattr(tar_files, "RATIO", 1)
    with pytest.raises(SweepError, match="too large"):
        unpack(packed, tmp_path / "there")


def test_a_header_is_not_taken_into_memory_whole(tmp_path):
    info = member("ledger.sqlite")
    info.pax_headers = {"comment": "x" * (2 * tar_files.HEADER)}
    with pytest.raises(SweepError, match="a header of it is as large as a file"):
        unpack(archive(tmp_path, info), tmp_path / "there")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b" + bytes(40)])
def test_what_is_no_archive_is_refused(content, tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(SweepError, match="cannot be unpacked"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "there")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (attribute, value)
        for attribute in ("mtime", "size", "uid", "GNU.sparse.size")
        for value in ("1e300", "-1e300", "inf", "nan", "-5", "9" * 30, "x")
    ],
)
def test_attributes_out_of_this_world_are_no_traceback(attribute, value, tmp_path):
    evil = member("ledger.sqlite")
    evil.pax_headers = {attribute: value}
    with suppress(SweepError):
        unpack(archive(tmp_path, evil, content=b"x" * 600), tmp_path / "there")
