"""The cache: files by content, views of them, and what may be taken away when."""

import errno
import os
import subprocess

import pytest

from sweep.catalog.remote import local_cache as module
from sweep.catalog.remote.file_selection import SelectedFile
from sweep.common.object_store import StorageError, UnwritableError

ORIGIN = "s3://bucket/x"


def keep(cache, name, content):
    sha, size = cache.keep([content[:3], content[3:]], "origin")
    return SelectedFile(f"data/quotes/SPY/{name}", size, sha)


def view(cache, *files):
    place = cache.hold(files)
    cache.link(place, files, ORIGIN)
    return place


def test_a_view_is_exactly_its_files_and_cannot_be_written(cache):
    files = keep(cache, "a", b"first"), keep(cache, "b", b"second")
    place = view(cache, *files)
    assert [(place / f.name).read_bytes() for f in files] == [b"first", b"second"]
    assert cache.is_whole(place, files)
    assert not cache.is_whole(place, [*files, SelectedFile("data/quotes/SPY/c", 1, "00")])
    assert cache.bytes() == 11
    modes = {p.stat().st_mode & 0o222 for p in place.rglob("*")}
    assert modes == {0}


def test_the_same_content_is_kept_once(cache):
    view(cache, keep(cache, "a", b"same"))
    view(cache, keep(cache, "a", b"same"), keep(cache, "b", b"same"))
    assert cache.bytes() == 4
    assert [(v.origin, v.files, v.is_held) for v in cache.listed()] == [(ORIGIN, 1, True), (ORIGIN, 2, True)]


def test_a_file_that_broke_off_leaves_nothing(cache):
    def broken():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        cache.keep(broken(), "origin")
    assert not list(cache.parts.iterdir())
    assert not cache.bytes()


def test_a_touched_file_is_noticed_and_replaced(cache):
    file = keep(cache, "a", b"right")
    place = view(cache, file)
    path = place / file.name
    path.chmod(0o644)
    path.write_bytes(b"wrong")
    assert not cache.is_whole(place, [file])
    assert not cache.has(file), "the damaged bytes are not to be linked again"
    with pytest.raises(FileNotFoundError):
        cache.link(place, [file], ORIGIN)
    cache.link(place, [keep(cache, "a", b"right")], ORIGIN)
    assert path.read_bytes() == b"right"
    assert cache.is_whole(place, [file])


def test_eviction_keeps_what_is_in_use_and_what_it_shares(cache, let_go):
    shared, mine = keep(cache, "a", b"shared"), keep(cache, "b", b"mine")
    unused = view(cache, shared, mine)
    let_go()
    used = view(cache, shared)
    assert cache.evict() == len(b"mine")
    assert not unused.exists()
    assert (used / shared.name).read_bytes() == b"shared"
    let_go()
    cache.evict()
    assert not cache.bytes()
    assert not cache.listed()


def test_another_process_keeps_what_it_uses_until_it_dies(cache, let_go):
    file = keep(cache, "a", b"used")
    place = view(cache, file)
    let_go()
    hold = f"flock --close --shared {place.with_suffix('.lock')} sh -c 'echo ready; sleep 100'"
    with subprocess.Popen(["sh", "-c", f"exec {hold}"], stdout=subprocess.PIPE, start_new_session=True) as other:
        other.stdout.readline()
        assert not cache.evict()
        assert cache.listed()[0].is_held
        os.killpg(other.pid, 9)
        other.wait()
    assert cache.evict() == 4


def test_room_is_made_of_the_longest_unused(cache, let_go, monkeypatch):
    files = [keep(cache, name, name.encode() * 1000) for name in "abc"]
    for n, file in enumerate(files):
        lock = view(cache, file).with_suffix(".lock")
        os.utime(lock, (n, n))
    let_go()
    monkeypatch.setenv("SWEEP_CACHE_SIZE", "3500 B")
    cache.make_room(500, ())
    assert len(cache.listed()) == 3
    cache.make_room(1000, ())
    assert [cache.has(f) for f in files] == [False, True, True]
    cache.make_room(2500, {files[1].sha256})
    assert [cache.has(f) for f in files] == [False, True, False]
    with pytest.raises(UnwritableError, match=r"lacks 500 B.*SWEEP_CACHE_SIZE"):
        cache.make_room(4000, ())


def test_what_a_broken_staging_left_is_evicted_unless_somebody_stages(cache):
    orphan = keep(cache, "a", b"orphan")
    (cache.parts / "half").touch()
    path = cache.origins / f"{module.name_of(ORIGIN)}.lock"
    with subprocess.Popen(["flock", path, "sh", "-c", "echo ready; read x"], stdin=-1, stdout=-1) as other:
        other.stdout.readline()
        assert not cache.evict()
        assert cache.has(orphan)
        other.communicate(b"\n")
    assert cache.evict() == 6
    assert not list(cache.parts.iterdir())


def test_one_process_fetches_at_a_time(cache):
    with cache.fetching(ORIGIN) as first, cache.fetching(ORIGIN) as second, cache.fetching("s3://other") as other:
        assert (first, second, other) == (True, False, True)
    with cache.fetching(ORIGIN) as again:
        assert again


def test_what_was_learnt_of_an_origin_survives_a_torn_line(cache):
    first, second = "a" * 64, "b" * 64
    cache.learn(ORIGIN, "a", 1, "etag", first)
    with (cache.origins / f"{module.name_of(ORIGIN)}.jsonl").open("a") as lines:
        lines.write('["b", 1, "et\n')
    cache.learn(ORIGIN, "a", 1, "other", second)
    assert cache.hashes_of(ORIGIN) == {("a", 1, "etag"): first, ("a", 1, "other"): second}
    assert cache.hashes_of("s3://other") == {}


@pytest.mark.parametrize(
    "line", ["5", '[["a"], 1, "e", "s"]', '{"a": 1}', "[1]", '["a", 1, "e", "../../etc/passwd"]', "[" * 100_000]
)
def test_a_damaged_line_of_an_origin_is_left_out(cache, line):
    memory = cache.origins / f"{module.name_of(ORIGIN)}.jsonl"
    memory.write_text(f"{line}\n")
    cache.learn(ORIGIN, "a", 1, "e", "a" * 64)
    assert cache.hashes_of(ORIGIN) == {("a", 1, "e"): "a" * 64}


@pytest.mark.parametrize(
    "content",
    ["{}", "[]", '{"origin": "", "files": null}', '{"origin": "", "files": {"a": ["x", "y", 1]}}', "[" * 100_000],
)
@pytest.mark.parametrize("has_lock", [True, False])
def test_a_view_whose_listing_is_damaged_is_of_no_use_and_is_evicted_with_its_files(
    cache, content, has_lock, let_go, tmp_path
):
    (tmp_path / "mine").write_text("precious")
    place = view(cache, keep(cache, "a", b"data"))
    place.chmod(0o755)
    (place / "link").symlink_to(tmp_path)
    (place / "files.json").unlink()
    (place / "files.json").write_text(content)
    assert not cache.is_whole(place, ())
    assert [v.origin for v in cache.listed()] == [module.DAMAGED]
    assert cache.evict() == 0 and place.exists(), "this process uses it"
    let_go()
    if not has_lock:
        place.with_suffix(".lock").unlink()
    assert cache.evict() == 4
    assert not place.exists() and cache.listed() == [] and cache.bytes() == 0
    assert (tmp_path / "mine").read_text() == "precious"


def test_a_limit_that_is_no_size_is_said(cache, monkeypatch):
    monkeypatch.setenv("SWEEP_CACHE_SIZE", "much")
    with pytest.raises(StorageError, match="SWEEP_CACHE_SIZE.*must be a size"):
        _ = cache.limit


def test_what_the_disk_refuses_is_said_with_its_remedy(cache):
    with pytest.raises(UnwritableError, match="No space left.*--evict"), cache.writing():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", ["{path}", "../../{name}", "ab/../../../{name}", "{name}", "0" * 63 + "/"])
def test_a_hash_that_is_a_path_touches_nothing(cache, tmp_path, name):
    """A manifest can say anything: what it calls a hash is no place on this machine."""
    mine = tmp_path / "my-only-copy"
    mine.write_text("precious")
    sha = name.format(path=mine, name=mine.name)
    file = SelectedFile("data/quotes/SPY/a", mine.stat().st_size, sha)
    for touch in (cache.has, lambda f: cache.drop(f.sha256), lambda f: view(cache, f)):
        with pytest.raises(StorageError, match="is no hash"):
            touch(file)
    assert mine.read_text() == "precious" and mine.stat().st_nlink == 1


def test_eviction_removes_only_what_is_in_the_cache(cache, tmp_path, let_go):
    """A view of an earlier version may name what it should not."""
    mine, file = tmp_path / "my-only-copy", keep(cache, "a", b"data")
    mine.write_text("precious")
    place = view(cache, file)
    let_go()
    place.chmod(0o755)
    (place / module.LISTED).chmod(0o644)
    listed = (place / module.LISTED).read_text().replace(file.sha256, str(mine))
    (place / module.LISTED).write_text(listed)
    (cache.objects / "zz").symlink_to(tmp_path)
    (cache.views / "link").symlink_to(tmp_path)
    (cache.views / f"{module.PART}link").symlink_to(tmp_path)
    cache.evict()
    assert mine.read_text() == "precious" and not place.exists()


def test_a_link_to_another_place_is_no_file_of_the_cache(cache, tmp_path):
    file = keep(cache, "a", b"data")
    (tmp_path / "elsewhere").write_bytes(b"evil")
    cache.path(file.sha256).unlink()
    cache.path(file.sha256).symlink_to(tmp_path / "elsewhere")
    assert not cache.has(file)


@pytest.mark.parametrize("name", ["../../x", "/x", "data/../../x"])
def test_a_view_has_no_file_outside_of_it(cache, name, tmp_path):
    sha, size = cache.keep([b"x"], "origin")
    with pytest.raises(StorageError, match="outside of the catalog"):
        view(cache, SelectedFile(name, size, sha))


@pytest.mark.parametrize("folder", ["objects", "views", "origins", "parts"])
def test_a_cache_that_others_can_write_to_is_refused(tmp_path, folder):
    cache = module.Cache(tmp_path / "shared")
    cache.prepare()
    (cache.root / folder).chmod(0o777)
    with pytest.raises(UnwritableError, match=f"{folder}.*can be written to by other users.*chmod go-w.*SWEEP_CACHE"):
        cache.prepare()
