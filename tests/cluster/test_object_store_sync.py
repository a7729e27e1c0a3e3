"""Runs that are kept in an object store; a folder stands for the store, through the same library."""

import json
import sqlite3
from contextlib import closing

import pytest

from sweep.cluster import object_store_sync
from sweep.common.object_store import ObjectStore, StorageError
from sweep.errors import InputError, SweepError
from sweep.ledger.run_directory import Folder
from tests.support import sweeps
from tests.support.commands import invoke
from tests.support.edited_ledgers import edited


@pytest.fixture
def url(tmp_path):
    (tmp_path / "store").mkdir()
    return (tmp_path / "store").as_uri()


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Makes this process another machine: one without what the others have."""

    def be(name: str) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))

    be("one")
    return be


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1, 2, 3]})
    return sweeps.write(tmp_path / "spec.yaml", content)


def run(spec, url, *more, code=0):
    command = ["run", spec, "--runs-dir", url, "--executor", "inline", "--tracking-uri", "none", "--json", *more]
    return json.loads(invoke(*command, code=code).stdout)


def attempts(folder: Folder) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(folder.ledger)) as db:
        return db.execute("SELECT number, attempt FROM attempts ORDER BY 1, 2").fetchall()


def test_another_machine_goes_on_where_the_first_one_ended(spec, url, machine, tmp_path):
    first = run(spec, url)
    store = tmp_path / "store" / first["id"]
    manifest = json.loads((store / object_store_sync.MANIFEST).read_text())
    assert manifest["complete"] == 3 and {"ledger.sqlite", "report.html", "trials.parquet"} <= set(manifest["files"])
    machine("two")
    wider = run(spec, url, "--set", "search.space.strategy.buys=[1,2,3,4]")
    assert (wider["id"], wider["trials"]) == (first["id"], {"COMPLETE": 4})
    assert attempts(Folder(object_store_sync.local(url) / first["id"])) == [(n, 1) for n in range(4)], "none ran again"
    machine("three")
    folder = tmp_path / "fetched"
    assert object_store_sync.download(ObjectStore(url), first["id"], folder) == 2
    assert len(attempts(Folder(folder))) == 4


def test_what_is_here_and_newer_than_the_store_is_kept(spec, url, machine):
    """A driver that was killed after its last checkpoint is run again on its own machine."""
    first = run(spec, url)
    folder = Folder(object_store_sync.local(url) / first["id"])
    with edited(folder.ledger) as db:
        db.execute("UPDATE trials SET message = 'newer' WHERE number = 0")
    messages: list[str] = []
    with object_store_sync.stored_runs(url, first["id"], messages.append), folder.open() as ledger:
        assert next(ledger.rows()).message == "newer"
    assert messages == []


def test_checkpoints_are_made_while_it_runs(spec, url, machine, monkeypatch, tmp_path):
    monkeypatch.setattr(object_store_sync, "EVERY", 0.0)
    monkeypatch.setattr(object_store_sync, "SHARE", 0)
    monkeypatch.setattr(object_store_sync, "LOOK", 0.01)
    first = run(spec, url)
    (tmp_path / "store" / first["id"] / object_store_sync.MANIFEST).unlink()
    folder = Folder(object_store_sync.local(url) / first["id"])
    (folder.path / object_store_sync.HERE).unlink()
    with object_store_sync.stored_runs(url, first["id"], print):
        for _ in range(500):
            if (tmp_path / "store" / first["id"] / object_store_sync.MANIFEST).exists():
                break
            object_store_sync.time.sleep(0.01)
        assert json.loads((tmp_path / "store" / first["id"] / object_store_sync.MANIFEST).read_text())["complete"] == 3


def test_two_drivers_do_not_write_the_same_sweep(spec, url, machine, tmp_path):
    first = run(spec, url)
    copy = object_store_sync.Copy(ObjectStore(url), Folder(object_store_sync.local(url) / first["id"]), print)
    manifest = tmp_path / "store" / first["id"] / object_store_sync.MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"generation": 9}))
    with pytest.raises(SweepError, match="was written by another driver"):
        copy.finish()
    assert json.loads(manifest.read_text())["generation"] == 9


def test_a_store_that_goes_away_is_told_with_where_the_results_are(spec, url, machine, monkeypatch):
    def gone(*_, **__):
        raise StorageError(url, "does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(object_store_sync.Copy, "_copy", gone)
        result = invoke("run", spec, "--runs-dir", url, "--executor", "inline", "--tracking-uri", "none", code=1)
    assert "does not answer" in result.output and str(object_store_sync.local(url)) in result.output
    assert run(spec, url)["trials"] == {"COMPLETE": 3}
    (folder,) = object_store_sync.local(url).iterdir()
    assert attempts(Folder(folder)) == [(0, 1), (1, 1), (2, 1)], "what was only here was kept"


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("s4://bucket/runs", "must start with one of"),
        ("s3://me:hunter2@bucket/runs", "must not hold a password"),
        ("https://host/runs", "cannot be written"),
    ],
)
def test_what_cannot_keep_runs_is_refused(url, rule):
    (problem,) = object_store_sync.problems(url)
    assert problem.where == "--runs" and rule in problem.rule and "hunter2" not in str(problem)


def test_a_store_that_does_not_answer_is_refused_before_anything_runs(spec, monkeypatch):
    monkeypatch.setattr(
        object_store_sync,
        "ObjectStore",
        lambda *_, **__: (_ for _ in ()).throw(StorageError("s3://b", "does not answer")),
    )
    with pytest.raises(InputError, match="does not answer"), object_store_sync.stored_runs("s3://b/runs", "a-1", print):
        pass


@pytest.mark.parametrize("name", ["../../.ssh/authorized_keys", "/etc/cron.d/job", "a/../../b", ""])
def test_a_list_that_names_files_outside_of_the_sweep_is_refused(name, url, tmp_path):
    store, target = ObjectStore(url), tmp_path / "fetched"
    content = {"generation": 1, "files": ["spec.yaml", name], "complete": 0}
    store.put("grid-0123abcd/spec.yaml", b"name: grid")
    store.put(f"grid-0123abcd/{object_store_sync.MANIFEST}", json.dumps(content).encode())
    with pytest.raises(StorageError, match="names files outside of the sweep"):
        object_store_sync.download(store, "grid-0123abcd", target)
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"generation": "x", "files": [], "complete": 0}'])
def test_a_list_of_another_form_is_refused(content, url):
    ObjectStore(url).put(f"grid-0123abcd/{object_store_sync.MANIFEST}", content)
    with pytest.raises(StorageError, match="no list of a sweep's files"):
        object_store_sync.manifest(ObjectStore(url), "grid-0123abcd")
