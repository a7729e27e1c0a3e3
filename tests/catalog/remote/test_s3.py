"""Staging from a real S3 server: fetched once, verified, resumed; damaged, missing and dying are clear errors."""

import json
import os
import re
import subprocess
import threading
import time
from pathlib import Path

import pytest

import sweep
from sweep.catalog.remote import followed, manifest, stage
from sweep.catalog.remote import local_cache as cached
from sweep.catalog.remote.download import DamagedError
from sweep.common.object_store import DeniedError, NotFoundError, ObjectStore, UnreachableError, UnwritableError
from sweep.errors import InputError
from sweep.runner.plan import plan
from tests.support import remote_catalogs, s3, sweeps
from tests.support.remote_catalogs import wanted

pytestmark = [pytest.mark.s3, pytest.mark.slow, pytest.mark.timeout(200)]


def use(s3_server, monkeypatch):
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def shelf(tmp_path):
    remote_catalogs.fill(tmp_path / "shelf", size=100_000)
    return tmp_path / "shelf"


def test_each_file_is_asked_for_once_and_verified(s3_server, shelf, cache):
    url = s3.upload(s3_server, shelf, "once")
    listing = asked(s3_server, lambda: followed(stage(url, [wanted("2026-05-04", "2026-05-05")]))) - 2
    staged = followed(stage(url, [wanted()]))
    assert remote_catalogs.content(staged.root) == {f.name: (shelf / f.name).read_bytes() for f in staged.files}
    assert asked(s3_server, lambda: followed(stage(url, [wanted()]))) == listing, "nothing but a look at what is there"


def asked(s3_server, act):
    before = s3_server.gets()
    act()
    return s3_server.gets() - before


def test_two_processes_at_once_fetch_once(s3_server, shelf, tmp_path):
    url = s3.upload(s3_server, shelf, "race")
    before = s3_server.gets()
    both = [remote_catalogs.staging(url, SWEEP_CACHE=str(tmp_path / "cache")) for _ in range(2)]
    roots = [p.stdout.readline().strip() for p in both]
    held = cached.Cache(tmp_path / "cache").listed()
    errors = [p.communicate()[1] for p in both]
    assert roots[0] == roots[1], errors
    assert len(remote_catalogs.content(tmp_path / "cache" / "views" / held[0].key)) == 6
    assert held[0].is_held
    looks = sum(text.count("looks into") for text in errors)  # for a manifest, which is not there
    assert s3_server.gets() - before == 6 + looks
    assert sum("stages 6 files" in text for text in errors) == 1


def test_damaged_and_missing_objects_are_named_and_the_rest_is_kept(s3_server, shelf, cache):
    manifest.write(shelf)
    url = s3.upload(s3_server, shelf, "damaged")
    store, name = ObjectStore(url), next(n for n in remote_catalogs.content(shelf) if "quotes/SPY" in n)
    store.put(name, b"x" * 100_000)
    with pytest.raises(DamagedError, match=f"{url}/{name}: is not the file that was expected .its content"):
        followed(stage(url, [wanted()]))
    store.put(name, b"x")
    with pytest.raises(DamagedError, match="1 bytes, expected 100,000"):
        followed(stage(url, [wanted()]))
    store.delete(name)
    with pytest.raises(DamagedError, match=f"{name}: is missing, and stands in the catalog's manifest"):
        followed(stage(url, [wanted()]))
    assert not list(cache.parts.iterdir())
    store.put(name, shelf / name)
    staged = followed(stage(url, [wanted()]))
    assert (staged.root / name).read_bytes() == (shelf / name).read_bytes()


def test_a_server_that_dies_in_the_middle_and_what_was_whole_is_kept(tmp_path, monkeypatch, cache):
    folder = tmp_path / "large"
    remote_catalogs.fill(folder, size=24 * 2**20)
    with s3.serving(tmp_path / "own") as doomed:
        use(doomed, monkeypatch)
        url = s3.upload(doomed, folder, "large")
        steps = stage(url, [wanted()])
        with pytest.raises(UnreachableError, match="does not answer.*try again"):  # noqa: PT012
            while True:
                step = next(steps)
                if "stages" in str(step):
                    kill_when(doomed, lambda: cache.bytes() or sum(p.stat().st_size for p in cache.parts.iterdir()))
        whole = list(cache.objects.glob("*/*"))
        contents = {p.read_bytes() for p in whole}
        assert contents <= {*remote_catalogs.content(folder).values()}, "only whole files are kept"
        assert not list(cache.parts.iterdir())
        doomed.start()
        messages = []
        staged = followed(stage(url, [wanted()]), messages.append)
        assert any(f"stages {6 - len(whole)} files" in line for line in messages)
        assert remote_catalogs.content(staged.root) == {f.name: (folder / f.name).read_bytes() for f in staged.files}


def kill_when(s3_server, condition):
    """Kill it as soon as the condition holds, beside what this process does."""

    def wait():
        while not condition():
            time.sleep(0.002)
        s3_server.kill()

    threading.Thread(target=wait, daemon=True).start()


def test_a_process_that_is_killed_while_it_stages_is_gone_on_from(s3_server, tmp_path):
    folder = tmp_path / "large"
    remote_catalogs.fill(folder, size=16 * 2**20)
    url, cache = s3.upload(s3_server, folder, "killed"), cached.Cache(tmp_path / "cache")
    process = remote_catalogs.staging(url, SWEEP_CACHE=str(cache.root))
    while not (cache.objects.exists() and list(cache.objects.glob("*/*"))):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.kill()
    process.communicate()
    cached_files = len(cache.hashes_of(url))
    again = remote_catalogs.staging(url, SWEEP_CACHE=str(cache.root))
    assert again.stdout.readline().strip()
    _, errors = again.communicate()
    assert cached_files == 6 or re.search(rf"stages {6 - cached_files} files", errors), errors
    assert not list(cache.parts.iterdir()), "half of a file was left"


def test_wrong_credentials_buckets_and_addresses(s3_server, shelf, cache, monkeypatch):
    url = s3.upload(s3_server, shelf, "denied")
    with pytest.raises(NotFoundError, match="s3://no-such-bucket/x: there is no such bucket"):
        followed(stage("s3://no-such-bucket/x", [wanted()]))
    with pytest.raises(NotFoundError, match="no Parquet files"):
        followed(stage(f"{s3_server.url}/nothing-here", [wanted()]))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(DeniedError, match="SignatureDoesNotMatch.*AWS_ACCESS_KEY_ID"):
        followed(stage(url, [wanted()]))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3.free(1)[0]}")
    with pytest.raises(UnreachableError, match="does not answer"):
        followed(stage(url, [wanted()]))


def test_no_space_left(s3_server, shelf, tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m", "sweep-test", str(disk)]
    if os.geteuid() or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        url = s3.upload(s3_server, shelf, "full")
        for name in ("a", "b", "c"):
            (disk / name).write_bytes(bytes(200_000))
        cache = cached.Cache(disk / "cache")
        with pytest.raises(UnwritableError, match="needs 585.9 KiB for a catalog, and lacks"):
            followed(stage(url, [wanted()], cache))
        monkeypatch.setattr(cached, "RESERVE", -(2**20))  # as if others filled the disk in the meantime
        with pytest.raises(UnwritableError, match="No space left on device.*--evict"):
            followed(stage(url, [wanted()], cache))
        assert not list(cache.parts.iterdir())
        for name in ("a", "b", "c"):
            (disk / name).unlink()
        assert len(followed(stage(url, [wanted()], cache)).files) == 6
    finally:
        for lock in cached._held.values():
            lock.close()
        cached._held.clear()
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_eviction_while_another_process_reads(s3_server, shelf, tmp_path):
    url, root = s3.upload(s3_server, shelf, "used"), tmp_path / "cache"
    reader = remote_catalogs.staging(url, SWEEP_CACHE=str(root))
    place = reader.stdout.readline().strip()
    assert cached.Cache(root).evict() == 0
    assert len(list((root / "objects").glob("*/*"))) == 6
    reader.kill()
    reader.communicate()
    assert cached.Cache(root).evict() == 600_000
    assert not Path(place).exists()


def test_the_same_sweep_from_a_path_and_from_s3(s3_server, tmp_path, cache, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = sweeps.catalog(tmp_path / "catalog", minutes=2)
    url = s3.upload(s3_server, tmp_path / "catalog", "same")
    space = {"strategy.orders": [[[1, 100], [9, -100]], [[1, 100], [20, -100]]], "strategy.fault": [""]}
    tables = []
    for n, catalog in enumerate((path, url)):
        spec = sweeps.write(tmp_path / f"{n}.yaml", sweeps.spec(catalog, space, strategy=sweeps.TRADED))
        report = sweep.run(spec, runs_dir=tmp_path / f"runs{n}", executor="inline", tracking=False)
        tables.append((report.id, [(r.key, r.state, r.metrics) for r in (report.trial(k) for k in range(2))]))
        assert report.facts.backtest["catalog"] == catalog
    assert tables[0] == tables[1]
    replayed = sweep.replay(report, 0)
    assert not replayed.changed
    assert all(c.is_same for c in replayed.figures)
    narrow = sweeps.spec(url, {}, strategy=sweeps.TRADED) | {"period": {"start": "2026-05-04", "end": "2026-05-05"}}
    alone = sweep.run_backtest(sweeps.write(tmp_path / "narrow.yaml", narrow), runs_dir=tmp_path / "runs")
    assert json.loads((alone.path / "config.json").read_text())["catalog"] == url


def test_a_plan_says_what_is_wrong_at_the_place_in_the_spec(s3_server, tmp_path, cache):
    content = sweeps.spec("s3://no-such-bucket/x", {"strategy.buys": [1]})
    with pytest.raises(InputError) as refused:
        plan(sweeps.write(tmp_path / "spec.yaml", content))
    (problem,) = refused.value.problems
    assert (problem.where, problem.line) == ("catalog", 2)
    assert "there is no such bucket" in problem.rule
