"""Files at a URL: written, listed and read the same wherever they lie; what goes wrong is said in seconds."""

import functools
import http.server
import threading

import pytest

from sweep.common.object_store import (
    RETRY,
    DeniedError,
    NotFoundError,
    ObjectStore,
    StorageError,
    UnreachableError,
    UnwritableError,
    problems,
)
from sweep.errors import InputError
from tests.support import s3

ODD = "data/bars/A b#c%20d[x]~é'&+.SIM/x.parquet"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3.serving(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["file", pytest.param("s3", marks=[pytest.mark.s3, pytest.mark.slow])])
def place(request, tmp_path, monkeypatch):
    """An empty place to write to."""
    if request.param == "file":
        return (tmp_path / "made").as_uri()
    server = request.getfixturevalue("server")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return f"{server.url}/{tmp_path.name}"


@pytest.fixture
def web(tmp_path):
    """A web server on a directory, which lists nothing."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_what_is_put_is_there(place, tmp_path):
    store, source = ObjectStore(place, create=True), tmp_path / "source"
    large = bytes(range(256)) * 100_000  # several parts
    source.write_bytes(large)
    store.put("a/large", source)
    store.put(ODD, b"odd")
    store.put("a/small", b"old")
    store.put("a/small", b"new")
    assert {(e.name, e.size) for e in store.list()} == {("a/large", len(large)), ("a/small", 3), (ODD, 3)}
    assert {e.name for e in store.list("a")} == {"a/large", "a/small"}
    assert store.read("a/small") == b"new"
    assert store.read(ODD) == b"odd"
    assert store.head("a/large").size == len(large)
    store.get("a/large", tmp_path / "deep" / "target")
    assert (tmp_path / "deep" / "target").read_bytes() == large
    store.delete("a/small")
    store.delete("a/small")
    assert [e.name for e in store.list("a")] == ["a/large"]


def test_what_is_missing_is_named(place, tmp_path):
    store = ObjectStore(place, create=True)
    for look in (store.head, store.read, lambda name: store.get(name, tmp_path / "target")):
        with pytest.raises(NotFoundError, match="nothing-here: there is no such file"):
            look("nothing-here")
    assert not list(tmp_path.glob("*target*"))


def test_a_plain_path_is_a_place(tmp_path):
    ObjectStore(str(tmp_path / "a b"), create=True).put("x", b"1")
    assert (tmp_path / "a b" / "x").read_bytes() == b"1"
    with pytest.raises(NotFoundError, match="no such directory"):
        ObjectStore(str(tmp_path / "nowhere"))


def test_web_servers_are_read_but_not_listed(web, tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "x").write_bytes(b"1234")
    store = ObjectStore(f"{web}/cat")
    assert store.read("x") == b"1234"
    assert store.head("x").size == 4
    with pytest.raises(NotFoundError):
        store.read("y")
    with pytest.raises(StorageError, match="cannot be listed"):
        list(store.list())


def test_a_target_that_cannot_be_written_is_named(tmp_path):
    store = ObjectStore(str(tmp_path), create=True)
    store.put("x", b"1")
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableError, match="file/target: cannot be written"):
        store.get("x", tmp_path / "file" / "target")


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("s3://key:secret@bucket/x", "must not hold a password"),
        ("https://host/x?X-Amz-Signature=secret", "must not hold a password"),
        ("https://host/x#secret", "must not hold a password"),
        ("ftp://host/x", "must start with one of"),
        ("s4://host/x", "must start with one of"),
        ("s3:///x", "must name a bucket"),
        ("http:///x", "must name a host"),
        ("file://host/x", "absolute path"),
        ("http://host:port/x", "PORT as a number"),
    ],
)
def test_urls_that_are_refused(url, rule):
    assert rule in problems(url)[0]
    with pytest.raises(InputError) as refused:
        ObjectStore(url)
    assert "secret" not in str(refused.value)


def test_urls_that_are_fine():
    fine = ["s3://b", "s3://b/x y", "gs://b/x", "az://c/x", "http://h:1/x", "https://h", "file:///x/y"]
    assert not [url for url in fine if problems(url)]


def test_without_credentials_the_environment_that_is_missing_is_named(monkeypatch):
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DeniedError, match="holds no credentials.*AZURE_STORAGE_ACCOUNT_NAME"):
        ObjectStore("az://container/x").read("a")


def test_nobody_there(monkeypatch):
    monkeypatch.setitem(RETRY, "max_retries", 1)
    (port,) = s3.free(1)
    with pytest.raises(UnreachableError, match="does not answer"):
        ObjectStore(f"http://127.0.0.1:{port}/x").read("a")


@pytest.mark.s3
@pytest.mark.slow
def test_credentials_and_buckets_that_are_wrong(server, monkeypatch):
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    looks = (lambda s: list(s.list()), lambda s: s.read("ready"), lambda s: s.head("ready"), lambda s: s.put("a", b"1"))
    assert ("ready", 5) in {(e.name, e.size) for e in ObjectStore(server.url).list()}
    for look in looks[:2]:
        with pytest.raises(NotFoundError, match=r"s3://no-such: there is no such bucket"):
            look(ObjectStore("s3://no-such"))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    for look in looks:
        with pytest.raises(DeniedError, match="credentials of this environment.*AWS_ACCESS_KEY_ID"):
            look(ObjectStore(server.url))


@pytest.mark.s3
@pytest.mark.slow
def test_a_server_that_dies_while_a_file_is_read(server, tmp_path, monkeypatch):
    with s3.serving(tmp_path / "own") as doomed:
        for name, value in doomed.environment.items():
            monkeypatch.setenv(name, value)
        store = ObjectStore(doomed.url)
        (tmp_path / "large").write_bytes(bytes(64 * 2**20))
        store.put("large", tmp_path / "large")
        pieces = store.chunks("large")
        next(pieces)
        doomed.kill()
        with pytest.raises(UnreachableError):
            list(pieces)
