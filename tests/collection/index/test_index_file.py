"""The file of the index: read anew what changed, and only that; shared by processes; made again where it is damaged."""

import fcntl
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sweep.collection.index import content, index_file, query
from sweep.collection.index.index_file import FILE, PLACE
from sweep.collection.index.query import Question
from sweep.common import extras
from sweep.errors import InputError
from tests.support import ledgers

ONE = [({"strategy.fast": 1}, {"pnl_total": 1.0})]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch):
    """The sweeps that are read into an index, in their order; ledgers count as settled at once."""
    monkeypatch.setattr(index_file, "RECENT", 0)
    sweeps: list[str] = []
    real = content.content

    def spy(folder, *rest):
        sweeps.append(folder.name)
        return real(folder, *rest)

    monkeypatch.setattr(content, "content", spy)
    return sweeps


def total(runs: Path) -> int:
    return query.find(runs, Question()).total


def test_only_what_changed_is_read(tmp_path, read):
    for name in ("a", "b"):
        ledgers.write(ledgers.folder(tmp_path, name), ONE)
    assert total(tmp_path) == 2
    assert total(tmp_path) == 2
    assert sorted(read) == ["a", "b"]
    ledgers.write(ledgers.folder(tmp_path, "b"), [({"strategy.fast": 2}, {"pnl_total": 2.0})])
    assert total(tmp_path) == 3
    assert sorted(read) == ["a", "b", "b"]


def test_an_index_that_is_outdated_never_answers(tmp_path, read):
    """Neither with what it has, nor with the mistake that a name is which it does not have."""
    ledgers.write(ledgers.folder(tmp_path, "a"), ONE)
    assert total(tmp_path) == 1
    ledgers.write(ledgers.folder(tmp_path, "b"), [({"strategy.slow": 3}, {"own": 1.0})])
    assert query.find(tmp_path, Question(expression="own == 1 and param.slow == 3")).total == 1
    shutil.rmtree(tmp_path / "a-00000000")
    assert total(tmp_path) == 1
    (tmp_path / "b-00000000").rename(tmp_path / "c-00000000")
    assert query.find(tmp_path, Question(expression="sweep == 'c-00000000'")).total == 1


def test_a_question_to_an_outdated_index_is_ended(tmp_path):
    """It may be a long one."""
    ledgers.write(ledgers.folder(tmp_path, "a"), ONE)
    assert total(tmp_path) == 1
    ledgers.write(ledgers.folder(tmp_path, "b"), ONE)
    lengths = iter((10**15, 3))

    def ask(index: index_file.Index) -> object:
        return index.db.execute(f"SELECT sum(range % 7) FROM range({next(lengths)})").fetchall()  # noqa: S608

    assert index_file.ask_index(tmp_path, ask) == [(3,)]


def test_a_ledger_that_was_written_just_now_is_read_again(tmp_path):
    """Its next write may leave size and time as they are."""
    ledgers.write(ledgers.folder(tmp_path, "a"), ONE)
    before = index_file.stamps(tmp_path)
    now = max(int(time) for time in before["a-00000000"].split(".")[2:4] if time.strip().isdigit())
    assert index_file._settled(before["a-00000000"], now) == ""
    assert index_file._settled(before["a-00000000"], now + 2 * index_file.RECENT) == before["a-00000000"]


@pytest.mark.parametrize("content", [b"", b"no database", None])
def test_an_index_that_is_damaged_is_made_again(tmp_path, content):
    ledgers.write(ledgers.folder(tmp_path, "a"), ONE)
    assert total(tmp_path) == 1
    path = tmp_path / PLACE / FILE
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert total(tmp_path) == 1


def test_flipped_bytes_of_an_index_never_change_an_answer(tmp_path):
    """The database has checksums of its blocks; what they refuse is made again."""
    ledgers.write(ledgers.folder(tmp_path, "a"), [({"strategy.fast": n}, {"pnl_total": n / 7}) for n in range(50)])
    whole = query.find(tmp_path, Question(sort="pnl_total")).trials
    path = tmp_path / PLACE / FILE
    for place in range(5_000, path.stat().st_size, 97_001):
        content = bytearray(path.read_bytes())
        content[place : place + 64] = bytes(64) if any(content[place : place + 64]) else b"\x55" * 64
        path.write_bytes(content)
        assert query.find(tmp_path, Question(sort="pnl_total")).trials == whole


def test_a_ledger_that_cannot_be_reached_is_told(tmp_path):
    ledgers.write(ledgers.folder(tmp_path, "a"), ONE)
    (tmp_path / "circle-00000001").symlink_to("circle-00000001")
    for _ in range(2):
        answer = query.find(tmp_path, Question())
        assert answer.total == 1 and "Too many levels" in answer.unreadable["circle-00000001"]
    (tmp_path / "circle-00000001").unlink()
    ledgers.write(ledgers.folder(tmp_path, "circle", 1), ONE)
    assert total(tmp_path) == 2


def test_an_index_of_another_version_is_made_again(tmp_path, monkeypatch):
    ledgers.write(ledgers.folder(tmp_path, "a"), ONE)
    assert total(tmp_path) == 1
    from sweep.collection.index import schema

    monkeypatch.setattr(schema, "FORMAT", 99)
    assert total(tmp_path) == 1


def test_a_runs_directory_that_cannot_be_written_has_its_index_in_the_cache(tmp_path, monkeypatch):
    runs = tmp_path / "runs"
    ledgers.write(ledgers.folder(runs, "a"), ONE)
    (runs / PLACE).write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert total(runs) == 1
    assert list((tmp_path / "cache").rglob(FILE))


def test_a_directory_that_is_missing_and_a_missing_library_are_said(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="there is no such directory"):
        total(tmp_path / "nowhere")
    assert total(tmp_path) == 0
    monkeypatch.setitem(extras.EXTRAS, "find", extras.Extra(("no_such_module",), "DuckDB"))
    with pytest.raises(InputError, match=r'needs DuckDB.*pip install "nt-sweep\[find\]"'):
        total(tmp_path)


def test_a_reader_waits_for_a_writer(tmp_path):
    """Two processes that opened the file of DuckDB in different ways would fail; a lock is of an open file, so a thread
    stands for another process."""
    ledgers.write(ledgers.folder(tmp_path, "a"), ONE)
    assert total(tmp_path) == 1
    with ThreadPoolExecutor(1) as pool:
        with (tmp_path / PLACE / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            answer = pool.submit(total, tmp_path)
            with pytest.raises(TimeoutError):
                answer.result(0.3)
        assert answer.result(60) == 1


@pytest.mark.parametrize("linked", [PLACE, f"{PLACE}/lock", f"{PLACE}/{FILE}"])
def test_nothing_is_written_through_links_in_a_runs_directory(tmp_path, read, linked):
    runs, elsewhere = tmp_path / "runs", tmp_path / "elsewhere"
    ledgers.write(ledgers.folder(runs, "a"), ONE)
    link = runs / linked
    link.parent.mkdir(exist_ok=True)
    target = elsewhere if linked == PLACE else elsewhere / "target"
    elsewhere.mkdir()
    link.symlink_to(target)
    assert total(runs) == 1
    assert list(elsewhere.iterdir()) == []
