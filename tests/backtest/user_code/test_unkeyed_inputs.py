"""Inputs that no key covers are noted with their content, and only what user code itself reads."""

import importlib
import os
import subprocess
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from sweep.backtest.user_code.unkeyed_inputs import ABSENT, UNSTABLE, InputLog, changed, current, note, note_code

USER = """
import os, socket, sqlite3, subprocess
from pathlib import Path
def read(name): return Path(name).read_text()
def write(name): Path(name).write_text("mine")
def look(name): return sorted(os.listdir(name))
def ask(name): return os.environ.get(name), os.getenv(name), name in os.environ
def call(): subprocess.run(["true"])
def load(name):
    code = {}
    exec(compile(Path(name).read_text(), str(Path(name).absolute()), "exec"), code)
    return code
def enter(name): os.chdir(name)
def query(name): sqlite3.connect(name).close()
def reach():
    with socket.socket() as s:
        s.connect_ex(("127.0.0.1", 9))
"""


@pytest.fixture
def user(tmp_path, monkeypatch) -> ModuleType:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "n.txt").write_text("1")
    spec = spec_from_file_location("a_user", tmp_path / "user.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_file_is_noted_as_it_was_and_counts_until_it_changes(user):
    with (log := InputLog()).listening():
        user.read("n.txt")
        Path("n.txt").read_text()  # by a test, which is user code, too
    assert list(log.inputs) == ["n.txt"]
    inputs = log.settled()
    assert changed(inputs) == []
    Path("n.txt").write_text("2")
    assert changed(inputs) == ["n.txt"]
    assert log.settled() == {"n.txt": UNSTABLE}  # it changed before the trial ended: nobody knows which one it read
    assert changed(log.settled()) == []


def test_a_file_that_was_not_there_is_an_input_and_one_that_the_code_wrote_is_none(user):
    with (log := InputLog()).listening():
        with pytest.raises(FileNotFoundError):
            user.read("later.txt")
        user.write("own.txt")
        user.read("own.txt")
    assert log.settled() == {"later.txt": ABSENT}
    Path("later.txt").write_text("")
    assert changed({"later.txt": ABSENT}) == ["later.txt"]


def test_a_file_that_was_another_one_for_a_while_is_told(user):
    with (log := InputLog()).listening():
        for text in ("1", "2", "1"):
            Path("n.txt").write_bytes(text.encode())
            log._written.clear()  # by somebody else
            user.read("n.txt")
    assert log.settled() == {"n.txt": UNSTABLE}


def test_a_file_that_the_code_reads_and_then_writes_is_told(user):
    with (log := InputLog()).listening():
        user.write("n.txt" + str(len(user.read("n.txt"))))
        user.write("n.txt")
    assert log.settled() == {"n.txt": UNSTABLE}


def test_compiled_code_that_was_exchanged_since_the_process_loaded_it_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for content, figure in (("1", None), ("1", None), ("2", UNSTABLE)):
        Path("mine.so").write_text(content)
        with (log := InputLog()).listening():
            note_code(f"{tmp_path}/mine.so")
        assert log.settled() == {"mine.so": current("mine.so") if figure is None else figure}


def test_the_environment_as_bytes_is_heard_too(user, monkeypatch):
    monkeypatch.setenv("MINE", "1")
    with (log := InputLog()).listening():
        os.environb.get(b"MINE")
    assert list(log.inputs) == ["os.environ[MINE]"]
    assert type(os.environb).__name__ == "_Environ"


def test_folders_databases_variables_and_code_are_inputs(user, tmp_path, monkeypatch):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "a.py").write_text("N = 1")
    monkeypatch.setenv("MINE", "1")
    with (log := InputLog()).listening():
        user.look("plugins")
        user.load("plugins/a.py")
        user.ask("MINE")
        user.query("n.db")
    inputs = log.settled()
    assert list(inputs) == ["plugins/", "plugins/a.py", "os.environ[MINE]", "n.db"]
    assert log.modules == ["plugins/a.py"]
    monkeypatch.setenv("MINE", "2")
    (tmp_path / "plugins" / "a.py").write_text("N = 2")
    (tmp_path / "plugins" / "b.py").write_text("")
    assert changed({name: value for name, value in inputs.items() if name != "n.db"}) == list(inputs)[:3]
    assert type(os.environ).__name__ == "_Environ"


def test_programs_and_connections_are_told(user):
    with (log := InputLog()).listening():
        user.call()
        user.reach()
    assert log.beyond == ["the program true", "a connection to 127.0.0.1:9"]


def test_a_change_of_the_directory_changes_no_name(user, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "n.txt").write_text("5")
    with (log := InputLog()).listening():
        user.enter("deep")
        user.read("n.txt")
    os.chdir(tmp_path)
    assert log.settled() == {"deep/n.txt": current("deep/n.txt")}


def test_a_native_read_is_noted_and_nothing_outside_of_a_log(user):
    with (log := InputLog()).listening():
        note(f"{Path.cwd()}/n.txt")
    note(f"{Path.cwd()}/user.py")
    user.read("n.txt")
    assert list(log.inputs) == ["n.txt"]


def test_what_this_package_and_libraries_read_for_themselves_is_no_input():
    script = (
        "import sys; from pathlib import Path\n"
        "from sweep.backtest.user_code.unkeyed_inputs import InputLog\n"
        "from sweep.common.files.file_hash import content_hash\n"
        "with (log := InputLog()).listening():\n"
        "    import colorsys, json.tool\n"
        "    content_hash(Path(sys.executable))\n"
        "print(log.inputs)\n"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert process.stdout == "{}\n"


def test_a_module_in_a_zip_is_noted_by_the_archive_that_it_is_in(tmp_path, monkeypatch):
    archive = tmp_path / "lib.zip"
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(archive))
    hashes = set[str]()
    for value in (1, 3):
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("zipped_module.py", f"N = {value}\n")
        importlib.invalidate_caches()
        log = InputLog()
        with log.listening():
            module = importlib.import_module("zipped_module")
        assert value == module.N
        del sys.modules["zipped_module"]
        assert log.modules == ["lib.zip/zipped_module.py"]
        hashes |= {log.settled()["lib.zip"]}
        assert not changed(log.settled())
    assert len(hashes) == 2
