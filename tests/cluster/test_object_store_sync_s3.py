"""Runs kept on a real S3 server, by two machines, and when it dies."""

import json

import pytest

from sweep.cluster import object_store_sync
from sweep.common.object_store import ObjectStore
from sweep.ledger.run_directory import Folder
from tests.cluster.test_object_store_sync import attempts, machine, run, spec  # noqa: F401 (fixtures)
from tests.support import s3
from tests.support.commands import invoke

pytestmark = [pytest.mark.s3, pytest.mark.slow, pytest.mark.timeout(200)]


def test_another_machine_goes_on_and_nothing_of_the_credentials_is_kept(s3_server, spec, machine, tmp_path):  # noqa: F811
    url = f"{s3_server.url}/runs"
    first = run(spec, url)
    machine("two")
    wider = run(spec, url, "--set", "search.space.strategy.buys=[1,2,3,4]")
    folder = Folder(object_store_sync.local(url) / first["id"])
    assert (wider["id"], wider["trials"]) == (first["id"], {"COMPLETE": 4})
    assert attempts(folder) == [(n, 1) for n in range(4)], "none ran again"
    content = "".join(path.read_bytes().decode("latin-1") for path in folder.path.rglob("*") if path.is_file())
    assert "spec" in content and s3.SECRET not in content


def test_wrong_credentials_are_told_before_anything_runs(s3_server, spec, machine, monkeypatch):  # noqa: F811
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    result = invoke("run", spec, "--runs-dir", f"{s3_server.url}/runs", "--executor", "inline", code=2)
    assert "--runs: may not be used with the credentials" in " ".join(result.output.split())


def test_a_server_that_dies_is_told_with_where_the_results_are(s3_server, spec, machine, monkeypatch):  # noqa: F811
    url = f"{s3_server.url}/dying"
    copying = object_store_sync.Copy.finish

    def dies(copy):
        s3_server.kill()
        return copying(copy)

    with monkeypatch.context() as patch:
        patch.setattr(object_store_sync.Copy, "finish", dies)
        result = invoke("run", spec, "--runs-dir", url, "--executor", "inline", "--tracking-uri", "none", code=1)
    assert "does not answer" in result.output and str(object_store_sync.local(url)) in result.output
    s3_server.start()
    document = run(spec, url)
    assert document["trials"] == {"COMPLETE": 3}
    assert attempts(Folder(object_store_sync.local(url) / document["id"])) == [(0, 1), (1, 1), (2, 1)], (
        "what was only here was kept"
    )
    assert json.loads(ObjectStore(url).read(f"{document['id']}/{object_store_sync.MANIFEST}"))["complete"] == 3
