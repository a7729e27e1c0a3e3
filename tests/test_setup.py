"""scripts/setup.sh: which way it takes on which machine. uv, Python and pip are stand-ins that note their calls."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "setup.sh"
TOOLS = ("cat", "dirname", "env", "grep", "ln", "mkdir", "mktemp", "readlink", "rm", "sed", "sh", "tail", "touch")

# A Python that prints itself when asked for its interpreter, if suitable; `-m venv` copies it, `-m pip` brings uv.
PYTHON = """#!/bin/sh
echo "$0 $*" >>"$CALLS"
case "$1 $2" in
  "-c "*) [ {suitable} = no ] || echo "$0" ;;
  "-m venv") for folder; do :; done; mkdir -p "$folder/bin"; ln -sf "$0" "$folder/bin/python" ;;
  "-m pip") [ {pip} = works ] || {{ echo "no route to host" >&2; exit 1; }}
            for file; do :; done; if [ -f "$file" ]; then cat "$file" >>"$CALLS"; fi
            [ -n "$UV" ] && ln -sf "$UV" "$(dirname "$0")/uv" || true ;;
esac
"""
UV = """#!/bin/sh
echo "$0 $*" >>"$CALLS"
case "$1" in
  venv) [ {brings} = python ] || {{ echo "  cause: no Python for download" >&2; exit 2; }}
        rm -rf .venv; mkdir -p .venv/bin; ln -s "$SUITABLE" .venv/bin/python ;;
  pip) [ {installs} = yes ] || exit 1 ;;
esac
"""


class Machine:
    """A project folder and a PATH with nothing but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.project, self.bin, self.calls = folder / "project", folder / "bin", folder / "calls"
        (self.project / "scripts").mkdir(parents=True)
        shutil.copy(SCRIPT, self.project / "scripts")
        (self.project / "requirements.lock").write_text(
            "six==1 \\\n    --hash=a\nuv==2 \\\n    --hash=b\n    # via us\nyarl==3\n"
        )
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        self.away = folder / "away"  # programs that exist but are not on PATH
        self.put("python", PYTHON.format(suitable="yes", pip="works"), self.away)

    def put(self, name: str, text: str, folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def python(
        self, name: str = "python3", *, suitable: str = "yes", pip: str = "works", folder: Path | None = None
    ) -> Path:
        return self.put(name, PYTHON.format(suitable=suitable, pip=pip), folder)

    def uv(self, *, brings: str = "python", installs: str = "yes", folder: Path | None = None) -> Path:
        return self.put("uv", UV.format(brings=brings, installs=installs), folder)

    def setup(self, **env: str) -> tuple[int, str, str]:
        """Exit code, what it said, what it called."""
        self.calls.write_text("")
        env = {"PATH": str(self.bin), "HOME": str(self.project), "CALLS": str(self.calls), "UV": "", **env}
        env["SUITABLE"] = str(self.away / "python")
        process = subprocess.run(
            [self.project / "scripts" / "setup.sh"], env=env, capture_output=True, text=True, check=False
        )
        return process.returncode, process.stderr, self.calls.read_text()

    @property
    def complete(self) -> bool:
        return (self.project / ".venv" / ".complete").exists()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_uv_is_used_where_it_is_with_a_python_of_this_machine(machine):
    uv, python = machine.uv(), machine.python()
    code, errors, calls = machine.setup()
    assert (code, machine.complete) == (0, True), errors
    assert f"{uv} venv --clear --python {python} .venv" in calls
    assert "--require-hashes -r requirements.lock" in calls
    assert "-m pip" not in calls


def test_uv_brings_a_python_where_there_is_none(machine):
    machine.uv()
    code, errors, calls = machine.setup()
    assert (code, machine.complete) == (0, True), errors
    assert "venv --clear --python 3.13 .venv" in calls


def test_a_suitable_python_does_it_with_pip(machine):
    machine.python(suitable="no")
    python = machine.python("python3.14")
    code, errors, calls = machine.setup()
    assert (code, machine.complete) == (0, True), errors
    assert f"{python} -m venv --clear .venv" in calls
    assert "--require-hashes -r requirements.lock" in calls
    assert "--no-deps --no-build-isolation -e ." in calls


def test_a_shim_that_fails_does_not_hide_the_python_behind_it(machine, tmp_path):
    machine.put("python3.13", "#!/bin/sh\necho 'command not found' >&2; exit 127\n")
    machine.put("uv", "#!/bin/sh\nexit 127\n")
    python = machine.python("python3.13", folder=tmp_path / "later")
    code, errors, calls = machine.setup(PATH=f"{machine.bin}:{python.parent}")
    assert (code, machine.complete) == (0, True), errors
    assert f"{python} -m venv" in calls


def test_a_version_of_pyenv_is_found_off_path(machine, tmp_path):
    python = machine.python("python3.13", folder=tmp_path / "pyenv" / "versions" / "3.13.0" / "bin")
    code, errors, calls = machine.setup(PYENV_ROOT=str(tmp_path / "pyenv"))
    assert (code, machine.complete) == (0, True), errors
    assert f"{python} -m venv" in calls


def test_an_older_python_fetches_the_locked_uv(machine):
    old = machine.python(suitable="no")
    uv = machine.uv(folder=machine.away)
    code, errors, calls = machine.setup(UV=str(uv))
    assert (code, machine.complete) == (0, True), errors
    assert f"{old} -m venv" in calls
    assert "uv==2" in calls
    assert "--hash=b" in calls
    assert "--hash=a" not in calls
    assert "uv venv --clear --python 3.13 .venv" in calls


@pytest.mark.parametrize(
    "present", ["nothing", "an old Python without a network", "an old Python and a uv that brings none"]
)
def test_where_nothing_works_one_sentence_says_what_to_do(machine, present):
    if present != "nothing":
        machine.python(suitable="no", pip="fails" if "network" in present else "works")
    code, errors, _ = machine.setup(
        UV=str(machine.uv(brings="nothing", folder=machine.away)) if "uv" in present else ""
    )
    assert code != 0
    assert not machine.complete
    assert errors.count("sweep needs Python 3.13 or 3.14, or uv") == 1
    assert "network" not in present or "(The last try said: no route to host)" in errors


def test_an_interrupted_environment_is_made_again(machine):
    machine.python()
    machine.uv(installs="no")
    assert machine.setup()[0] != 0
    assert not machine.complete
    machine.uv()
    assert "venv --clear" in machine.setup()[2]
    assert machine.complete


def test_a_complete_environment_is_brought_up_to_date_in_place(machine):
    machine.python()
    machine.uv()
    machine.setup()
    code, _, calls = machine.setup()
    assert code == 0
    assert "venv --clear" not in calls
    assert "-r requirements.lock" in calls
    machine.uv(installs="no")
    assert machine.setup()[0] != 0
    assert not machine.complete


def test_an_environment_of_another_project_is_left_alone(machine, tmp_path):
    machine.python()
    machine.uv()
    other = tmp_path / "other" / ".venv"
    other.mkdir(parents=True)
    (machine.project / ".venv").symlink_to(other)
    code, errors, calls = machine.setup()
    assert code == 1
    assert f".venv is a link to {other}" in errors
    assert not calls
    assert not list(other.iterdir())
    (machine.project / ".venv").unlink()  # the remedy
    assert machine.setup()[0] == 0


def test_nothing_is_left_in_the_folder_for_temporary_files(machine, tmp_path):
    machine.python()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    machine.setup(TMPDIR=str(scratch))
    assert not list(scratch.iterdir())
