"""The live page: who may read it, that nothing is written, how it looks in a browser, and a real run in it."""

import http.client
import json
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest

from sweep.errors import InputError, Reason
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.live.server import HEADERS, listen
from sweep.trial import Result, State
from tests.cli.test_hostile_texts import SAMPLES
from tests.results.ledgers import written
from tests.support import drivers, ledgers, sweeps
from tests.support.browser import Browser, browser

WIDE = (1280, 900)
FRAMES = """new Promise(resolve => {
  const times = [];
  let before = performance.now();
  const step = now => {
    times.push(now - before);
    before = now;
    scrollTo(0, 20 * (times.length % 80));
    point({ offsetX: times.length % 1000, offsetY: 100 });
    times.length < 400 ? requestAnimationFrame(step) : resolve(times);
  };
  requestAnimationFrame(step);
})"""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (a disk takes milliseconds for each commit)


@contextmanager
def serving(runs: Path) -> Iterator[str]:
    """Address of the live page of a runs directory."""
    listener, server, address = listen(runs, 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield address
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    written(place / "made-00000000")
    return place


@pytest.fixture(scope="module")
def address(runs) -> Iterator[str]:
    with serving(runs) as place:
        yield place


@dataclass
class Answer:
    """Answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(address: str, path: str = "", method: str = "GET", host: str | None = None) -> Answer:
    """Answer to a request for a path below the address, or from the root."""
    parts = urlsplit(address)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)) as connection:
        connection.putrequest(method, path if path.startswith("/") else parts.path + path, skip_host=True)
        for name in [parts.netloc] if host is None else host.split("|"):
            if name:
                connection.putheader("Host", name)
        connection.endheaders()
        with connection.getresponse() as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())


PATHS = (
    "",
    "sweeps.json",
    "sweep/made-00000000/",
    "sweep/made-00000000/changes.json",
    "page.css",
    "live.js",
    "home.js",
)


@pytest.mark.parametrize("path", PATHS)
def test_who_has_the_address_can_read_and_nobody_else(address, path):
    answer = ask(address, path)
    assert answer.status == 200
    assert answer.body
    for name, value in HEADERS.items():
        assert answer.headers[name.lower()] == value
    token = urlsplit(address).path
    for other in ("/", "//", token[:-2] + "/", "/%C3%A9/", "/x" + token[1:], token.swapcase()):
        assert ask(address, other + path).status == 404


HOSTS = ("evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1:{port}|evil.example")


@pytest.mark.parametrize("host", HOSTS)
def test_a_page_of_another_site_cannot_have_its_name_lead_here(address, host):
    port = urlsplit(address).port
    assert ask(address, "sweeps.json", host=host.format(port=port)).status in {400, 421}
    assert ask(address, "sweeps.json", host=f"localhost:{port}").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_changed(address, method):
    assert ask(address, "sweep/made-00000000/", method).status == 405


@pytest.mark.parametrize(
    "path",
    ["sweep/no-00000000/", "sweep/..%2f..%2fetc/", "sweep/%00/", "sweep/made-00000000/../../x", "page.js",
     "..%2fpage.html.j2", "sweep/no-00000000/changes.json", "made-00000000/spec.yaml"],
)  # fmt: skip
def test_nothing_else_is_there(address, path):
    assert ask(address, path).status == 404


@pytest.mark.parametrize(
    "query", ["feed=x&after=9", "after=-5", "after=%C2%B2", "after=99999999999999999999", "feed=%00"]
)
def test_odd_questions_get_all(address, query):
    news = json.loads(ask(address, f"sweep/made-00000000/changes.json?{query}").body)
    assert news["reset"] and len(news["rows"]) == 6


def test_reading_leaves_no_trace(address, runs):
    before = {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    for path in PATHS:
        ask(address, path)
    assert {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()} == before


def test_a_port_that_is_taken_is_told(address, runs):
    with pytest.raises(InputError, match="--port"):
        listen(runs, urlsplit(address).port or 0)


@pytest.mark.browser
def test_the_page_follows_a_sweep_and_hostile_texts_are_texts(tmp_path):
    folder = written(tmp_path / "made-00000000")
    hostile = "<img src=x onerror=alert(1)>" + "".join(s.replace("\x00", "") for s in SAMPLES)
    with serving(tmp_path) as address, browser() as b:
        b.show(f"{address}sweep/{folder.id}/", *WIDE)
        b.wait("trials.size === 6")
        with Ledger.open(folder.ledger, write=True) as ledger:
            figures = Result(State.COMPLETE, {"pnl_total": 1e6}, started=1e9, ended=1e9 + 9, worker="host:1")
            ledger.record([(ledger.begin("new", {f"strategy.{hostile}": hostile}), figures)])
            failed = Result(State.FAILED, reason=Reason.STRATEGY, message=hostile, started=1.0, ended=2.0)
            ledger.record([(ledger.begin("bad", {}), failed)])
            ledger.note(tags={"team": "<b>x</b>"}, note=hostile)
        b.wait("trials.size === 8")
        assert b.run("document.querySelector('#board tr:nth-child(2) td').textContent") == "6"
        assert hostile[:28] in b.run("document.getElementById('board').textContent")
        assert hostile[:28] in b.run("document.getElementById('failures').textContent")
        assert b.run("document.querySelectorAll('main img, main script, main b:not(.card b), iframe').length") == 0
        for chart in ("history", "equity", "parallel"):
            b.run(f"document.getElementById('{chart}').scrollIntoView()")
            b.wait(f"document.querySelector('#{chart} canvas') !== null && !stale.has('{chart}')")
        best = b.run("points.find(p => p[2][0] === 6).slice(0, 2)")
        b.run(f"point({{ offsetX: {best[0]}, offsetY: {best[1]} }})")
        assert b.run("byId('point').textContent").startswith("trial 6: pnl_total 1,000,000.00; ")
        assert b.run("document.documentElement.scrollWidth") == WIDE[0]
        b.show(address, *WIDE)
        b.wait("document.querySelectorAll('#sweeps a').length === 1")
        assert "team=<b>x</b>" in b.run("document.getElementById('sweeps').textContent")
        assert b.errors == []
        assert {urlsplit(url).netloc for url in b.requests} <= {urlsplit(address).netloc, ""}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["desktop", "phone"])
def test_a_real_run_is_followed_to_its_end_without_a_reload(tmp_path, size):
    space = {"strategy.buys": list(range(1, 31))}
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), space)
    content["strategy"]["config"] = {"pause": 0.4, "error_every": 9}
    content["execution"] = {"replay": "isolated"}  # a pack ends all trials at once
    spec, runs = sweeps.write(tmp_path / "spec.yaml", content), tmp_path / "runs"
    driver = drivers.Driver("run", spec, "--runs-dir", runs, "--executor", "inline", "--no-tracking")
    driver.until(lambda: drivers.complete(runs))
    folder = drivers.only(runs)
    page = drivers.Driver("watch", folder.id, "--runs-dir", runs)
    assert page.process.stdout
    address = page.process.stdout.readline().strip()
    with browser() as b:
        b.show(address, *size)
        b.wait("trials.size > 2")
        assert b.run("byId('state').textContent") == "running"
        assert "of 30 trials" in b.run("byId('progress').textContent")
        b.wait("document.querySelectorAll('#workers td').length === 3")
        before = b.run("trials.size")
        b.wait(f"trials.size > {before}")
        driver.end()
        b.wait("byId('state').textContent === 'finished'")
        assert b.run("trials.size") == 30
        assert b.run("document.documentElement.scrollWidth") == size[0]
        assert b.run("[...trials.values()].filter(whole).length") == len(drivers.complete(runs)) == 27
        assert b.run("byId('failures').textContent").count("LookupError") == 1
        page.send(signal.SIGINT)
        code, _, errors = page.end()
        assert (code, "Traceback" in errors) == (0, False)
        b.wait("byId('error').textContent !== ''")
        assert "sweep watch" in b.run("byId('error').textContent")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_thousand_trials_stay_fluid_and_only_new_ones_are_sent():
    with TemporaryDirectory(dir=MEMORY) as place, serving(Path(place)) as address, browser() as b:
        folder = written(Path(place, "made-00000000"), fast=100, slow=100, days=60)
        b.show(f"{address}sweep/{folder.id}/", *WIDE)
        b.wait("trials.size === 10000")
        begin = b.run("performance.now()")
        b.run("Object.values(charts).forEach(chart => chart()); board(); sayStatus()")
        assert b.run("performance.now()") - begin < 2000, "all of it is drawn within the time between two looks"
        news = ask(address, f"sweep/{folder.id}/changes.json?feed={b.run('feed')}&after={b.run('count')}").body
        assert len(news) < 5000
        frames = sorted(frame_times(b, folder))
        figures = [f"{frames[int(share * (len(frames) - 1))]:.0f} ms" for share in (0.5, 0.95, 1)]
        assert b.run("trials.size") > 10_000, "new trials came meanwhile"
        assert frames[len(frames) // 2] < 100, f"frames take {figures} (median, 95 %, longest of {len(frames)})"
        assert b.errors == []


def frame_times(b: Browser, folder: Folder) -> list[float]:
    """Milliseconds between frames while one scrolls, points at the history, and new trials arrive."""
    ended = threading.Event()

    def record() -> None:
        with Ledger.open(folder.ledger, write=True) as ledger:
            for n in range(1000):
                trial = Result(State.COMPLETE, {"pnl_total": float(n)}, started=1e9, ended=1e9 + n, worker="host:1")
                ledger.record([(ledger.begin(f"new {n}", {"strategy.fast": n}), trial)])
                if ended.wait(0.3):
                    return

    writer = threading.Thread(target=record)
    writer.start()
    try:
        return b.run(FRAMES)
    finally:
        ended.set()
        writer.join()


@pytest.mark.browser
@pytest.mark.slow
def test_figures_have_their_units_and_trials_that_break_a_bound_set_no_scale(tmp_path):
    figures = {"return_total": 0.006831, "win_rate": 0.5, "max_drawdown": 0.0123}
    trials = [
        ({"fast": n}, {"sqn": s, "trades": t, **figures}) for n, (s, t) in enumerate([(-80.0, 3), (1.0, 40), (2.0, 50)])
    ]
    goal = {"objective": {"metric": "sqn", "direction": "maximize"}, "metric_constraints": ["trades >= 30"]}
    folder = ledgers.write(ledgers.folder(tmp_path), trials, **goal)
    with serving(tmp_path) as address, browser() as b:
        b.show(f"{address}sweep/{folder.id}/", *WIDE)
        b.wait("trials.size === 3")
        board = b.run("byId('board').textContent")
        assert "0.68 %" in board and "50.0 %" in board and "0.006831" not in board
        names = b.run("[...document.querySelectorAll('#board th')].map(th => th.textContent)")
        assert names == ["trial", "sqn", "return_total", "max_drawdown", "trades", "win_rate", "fast"]
        assert b.run("byId('equity').closest('section').hidden") is False
        b.run("inSight.add('history').add('parallel'); again()")
        assert sorted(b.run("points.map(p => p[2][0])")) == [1, 2], "the one of -80 lies below the scale"
        assert "do not keep trades >= 30" in b.run("document.querySelector('.bounded:not([hidden])').textContent")
        failed = ledgers.write(ledgers.folder(tmp_path, "failed"), [({"fast": n}, None) for n in range(2)])
        b.show(f"{address}sweep/{failed.id}/", *WIDE)
        b.wait("trials.size === 2")
        hidden = "[...document.querySelectorAll('section')].filter(s => s.hidden).length"
        assert b.run(hidden) == 3, "history, growth and lines of no trial are left out"
        b.show(address, *WIDE)
        b.wait("byId('sweeps').textContent.includes('2.00 sqn')")
        assert b.errors == []
