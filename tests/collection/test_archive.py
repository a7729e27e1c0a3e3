"""A sweep as one file."""

import io
import json
import shutil
import tarfile

import pytest

from sweep.collection.archive import CONTENTS, archive, restore
from sweep.errors import InputError, SweepError
from tests.support import sweeps


@pytest.fixture(scope="module")
def packed(finished_sweep, tmp_path_factory):
    file = tmp_path_factory.mktemp("archive") / "small.tar.gz"
    assert archive(finished_sweep.folder, file) == file.stat().st_size
    return file


def test_a_restored_sweep_is_the_one_that_was_archived(packed, finished_sweep, tmp_path):
    folder = restore(packed, tmp_path / "elsewhere")
    assert folder.path == tmp_path / "elsewhere" / finished_sweep.id
    with folder.open() as ours, finished_sweep.folder.open() as theirs:
        assert list(ours.rows()) == list(theirs.rows())
        assert ours.facts == theirs.facts
    same = {p.name for p in finished_sweep.folder.path.glob("*") if not p.name.endswith((".lock", "-wal", "-shm"))}
    assert {p.name for p in folder.path.glob("*")} - {"ledger.sqlite-wal", "ledger.sqlite-shm"} == same


def test_nothing_is_overwritten(packed, tmp_path):
    restore(packed, tmp_path)
    with pytest.raises(InputError, match="is there already"):
        restore(packed, tmp_path)
    with pytest.raises(InputError, match="exists already"):
        archive(restore(packed, tmp_path / "b"), packed)


def test_a_place_where_nothing_can_be_written_is_a_mistake(packed, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="nothing can be written there: Not a directory"):
        restore(packed, tmp_path / "file" / "runs")


def test_an_archive_is_written_while_a_driver_writes(finished_sweep, tmp_path):
    folder = sweeps.copied(finished_sweep, tmp_path / "a").folder
    with folder.locked():
        archive(folder, tmp_path / "x.tar.gz")
    assert restore(tmp_path / "x.tar.gz", tmp_path / "b").id == folder.id


def members(packed):
    with tarfile.open(packed) as tar:
        return [(m, tar.extractfile(m).read()) for m in tar.getmembers()]


def written(path, files):
    with tarfile.open(path, "w:gz") as tar:
        for member, content in files:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def refused(path, runs, match):
    with pytest.raises(SweepError, match=match):
        restore(path, runs)
    assert not runs.exists() or list(runs.iterdir()) == [], "nothing is left of it"


def test_each_damaged_file_is_found(packed, tmp_path):
    files = members(packed)
    for n, (member, content) in enumerate(files):
        if not content or member.name == CONTENTS:
            continue
        flipped = bytes([content[0] ^ 1]) + content[1:]
        changed = [(m, flipped if m is member else c) for m, c in files]
        refused(written(tmp_path / f"{n}.tar.gz", changed), tmp_path / "runs", f"{member.name}.* is not as it was")


def test_missing_and_added_files_are_found(packed, tmp_path):
    files = members(packed)
    fewer = [(m, c) for m, c in files if m.name != "spec.yaml"]
    refused(written(tmp_path / "fewer.tar.gz", fewer), tmp_path / "runs", "spec.yaml")
    more = [*files, (tarfile.TarInfo("evil.py"), b"x")]
    refused(written(tmp_path / "more.tar.gz", more), tmp_path / "runs", "evil.py")


@pytest.mark.parametrize(
    "contents",
    [b"", b"[]", b"{}", b'{"sha256": {}}', b'{"format": 2, "sweep": "a-00000000", "sha256": {}}',
     b'{"format": 1, "sweep": "../a-00000000", "sha256": {}}', b'{"format": 1, "sweep": "a", "sha256": {"../x": "0"}}',
     b"[" * 200_000],
)  # fmt: skip
def test_a_list_of_files_that_is_none_is_refused(contents, packed, tmp_path):
    files = [(m, contents if m.name == CONTENTS else c) for m, c in members(packed)]
    refused(written(tmp_path / "x.tar.gz", files), tmp_path / "runs", "archive of a sweep|another version")


def test_an_archive_under_a_foreign_id_is_refused(packed, tmp_path):
    files = members(packed)
    contents = json.loads(files[-1][1]) | {"sweep": "other-00000000"}
    files[-1] = (files[-1][0], json.dumps(contents).encode())
    refused(written(tmp_path / "x.tar.gz", files), tmp_path / "runs", "its ledger")


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "x.tar.gz").write_text("text")
    refused(tmp_path / "x.tar.gz", tmp_path / "runs", "cannot be unpacked")
    with pytest.raises(InputError, match="no such file"):
        restore(tmp_path / "none.tar.gz", tmp_path / "runs")


def test_a_cut_archive_is_refused(packed, tmp_path):
    content = packed.read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(content[: len(content) // 2])
    refused(tmp_path / "cut.tar.gz", tmp_path / "runs", "cut.tar.gz: .*cannot be unpacked.*nothing was restored")
    shutil.rmtree(tmp_path / "runs", ignore_errors=True)
