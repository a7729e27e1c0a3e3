"""A catalog's list of its files."""

import hashlib
import json

import pytest

from sweep.catalog.remote import manifest
from sweep.common.object_store import ObjectStore, StorageError
from sweep.errors import InputError
from tests.support import remote_catalogs


def test_it_holds_every_file_with_size_and_hash(tmp_path):
    remote_catalogs.fill(tmp_path, size=10)
    (tmp_path / "data" / "notes.txt").write_text("no data")
    path, files = manifest.write(tmp_path)
    contents = remote_catalogs.content(tmp_path)
    assert {f.name: (f.size, f.sha256) for f in files} == {
        n: (10, hashlib.sha256(c).hexdigest()) for n, c in contents.items()
    }
    assert manifest.read(ObjectStore(str(tmp_path))) == {f.name: f for f in files}
    assert set(json.loads(path.read_text())["files"]) == set(contents)
    assert manifest.write(tmp_path)[1] == files


def test_without_one_there_is_none(tmp_path):
    assert manifest.read(ObjectStore(str(tmp_path))) is None
    with pytest.raises(InputError, match="does not exist"):
        manifest.write(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "files": {"a": 3}}', '{"version": 9}']
)
def test_what_is_no_manifest_is_said_to_be_none(tmp_path, content):
    (tmp_path / manifest.NAME).write_text(content)
    with pytest.raises(StorageError, match="sweep-manifest.json.*sweep catalog manifest"):
        manifest.read(ObjectStore(str(tmp_path)))


SHA = "0" * 64


@pytest.mark.parametrize(
    "files",
    [
        {"../../.ssh/authorized_keys": [1, SHA]},
        {"/etc/passwd": [1, SHA]},
        {"data/a\x1b]0;b": [1, SHA]},
        {"data/a": [1, "/home/me/.ssh/id_ed25519"]},
        {"data/a": [1, "../../../../home/me/x"]},
        {"data/a": [1, SHA.replace("0", "A")]},
        {"data/a": [1, SHA + "\n"]},
        {"data/a": [1, None]},
        {"data/a": [-1, SHA]},
        {"data/a": [float("inf"), SHA]},
    ],
)
def test_names_and_hashes_that_are_none_are_refused(tmp_path, files):
    (tmp_path / manifest.NAME).write_text(json.dumps({"version": 1, "files": {"data/b": [1, SHA], **files}}))
    with pytest.raises(StorageError, match="sweep-manifest.json.*(outside of the catalog|no hash|no manifest)"):
        manifest.read(ObjectStore(str(tmp_path)))


def test_a_manifest_of_endless_brackets_is_none(tmp_path):
    (tmp_path / manifest.NAME).write_text("[" * 200_000)
    with pytest.raises(StorageError, match="no manifest"):
        manifest.read(ObjectStore(str(tmp_path)))


def test_a_manifest_is_not_read_into_memory_whatever_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr("sweep.common.object_store.SMALL", 1000)
    (tmp_path / manifest.NAME).write_text(" " * 1001)
    with pytest.raises(StorageError, match="is larger than"):
        manifest.read(ObjectStore(str(tmp_path)))
