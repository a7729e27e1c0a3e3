"""Commands that keep sweeps."""

import json
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sweep.cli import app
from sweep.results.report import Report
from tests.support import sweeps
from tests.support.commands import invoke, of, spec_of


@pytest.fixture
def report(finished_sweep: Report, tmp_path: Path) -> Report:
    return sweeps.copied(finished_sweep, tmp_path)


def listed(report: Report) -> list[dict[str, object]]:
    return json.loads(invoke("list", *of(report), "--json").stdout)


def test_tags_and_notes_are_in_the_list_and_the_report(report: Report):
    assert invoke("tag", "small", "team=rates", "x=1", *of(report)).stdout == "team=rates\nx=1\n"
    assert invoke("tag", "small", "--remove", "x", *of(report)).stdout == "team=rates\n"
    invoke("note", "small", "looks [bold]good", *of(report))
    assert [(row["tags"], row["note"]) for row in listed(report)] == [({"team": "rates"}, "looks [bold]good")]
    table = invoke("list", *of(report)).stdout
    assert "team=rates" in table
    assert "looks [bold]good" in table
    assert "finished" in table
    page = report.write_html().read_text()
    assert "team=rates" in page
    assert "looks [bold]good" in page
    assert "is no name of a tag" in invoke("tag", "small", "1=2", *of(report), code=2).stderr


def test_rename(report: Report):
    renamed = invoke("rename", "small", "other", *of(report)).stdout.strip()
    assert [row["id"] for row in listed(report)] == [renamed]
    assert "is no name" in invoke("rename", "other", "a/b", *of(report), code=2).stderr


def test_rm_asks_and_says_what_it_does(report: Report):
    output = invoke("rm", "small", "--dry-run", *of(report)).stdout
    assert f"{report.id}: 6 trials" in output
    assert "agree with --yes" in invoke("rm", "small", *of(report), code=1).stderr
    assert listed(report)
    with report.folder.locked():
        assert "is being run" in invoke("rm", "small", "--yes", *of(report), code=2).stderr
    invoke("rm", "small", report.id, "--yes", *of(report))
    assert not report.folder.path.exists()
    assert "there is no such sweep" in invoke("rm", "small", "--yes", *of(report), code=2).stderr


def test_a_sweep_with_a_damaged_ledger_can_be_removed(report: Report):
    report.folder.ledger.write_bytes(b"no database" * 1000)
    assert f"{report.id}: unreadable (" in invoke("rm", report.id, "--dry-run", *of(report)).stdout
    removal = invoke("rm", report.id, "--yes", *of(report)).stderr
    assert "sweep gc --tracking-uri ADDRESS --runs-dir" in removal and f"{report.id} is removed" in removal
    assert not report.folder.path.exists()


def test_commands_that_are_told_can_be_copied_whatever_the_names_of_folders_are(report: Report, tmp_path: Path):
    file, place = tmp_path / "my [1] file.tar.gz", tmp_path / "my runs"
    command = invoke("archive", "small", file, *of(report)).stderr.strip().partition("elsewhere with: sweep ")[2]
    invoke(*shlex.split(command), "--runs-dir", place)
    shutil.rmtree(place)
    command = invoke("restore", file, "--runs-dir", place).stderr.strip().partition("look at it with: sweep ")[2]
    assert report.id in invoke(*shlex.split(command)).stdout


def test_gc_frees_tearsheets_and_keeps_the_sweep(report: Report):
    assert "nothing to remove" in invoke("gc", *of(report)).stderr
    report.folder.tearsheets.mkdir(exist_ok=True)
    (report.folder.tearsheets / "0.html").write_bytes(bytes(3 * 2**20))
    assert "3.0 MiB" in invoke("gc", "--tearsheets", "--dry-run", *of(report)).stdout
    assert report.folder.tearsheets.exists()
    assert "3.0 MiB freed" in invoke("gc", "--tearsheets", "--yes", *of(report)).stderr
    assert not report.folder.tearsheets.exists()
    assert listed(report)


def test_archive_and_restore(report: Report, tmp_path: Path):
    file = tmp_path / "small.tar.gz"
    assert f"sweep restore {file}" in invoke("archive", "small", file, *of(report)).stderr
    assert "exists already" in invoke("archive", "small", file, *of(report), code=2).stderr
    assert "is there already" in invoke("restore", file, *of(report), code=2).stderr
    restored = json.loads(invoke("restore", file, "--runs-dir", tmp_path / "b", "--json").stdout)
    assert restored == {"id": report.id, "folder": str(tmp_path / "b" / report.id)}
    content = file.read_bytes()
    file.write_bytes(content[:2000])
    result = CliRunner().invoke(app, ["restore", str(file), "--runs-dir", str(tmp_path / "c")])
    assert (result.exit_code, "cannot be unpacked" in result.stderr) == (1, True)


@pytest.mark.slow
def test_mlflow_follows(report: Report, tmp_path: Path):
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    invoke("run", spec_of(report), *of(report), "--executor", "inline", "--tracking-uri", uri)
    invoke("sync", "small", *of(report), "--tracking-uri", uri)
    client = MlflowClient(uri)

    def runs() -> list[dict[str, str]]:
        names = [e.experiment_id for e in client.search_experiments()]
        return [dict(run.data.tags) for run in client.search_runs(names, max_results=100)]

    invoke("tag", "small", "team=rates", "x=1", *of(report))
    invoke("tag", "small", "--remove", "x", *of(report))
    invoke("note", "small", "a note", *of(report))
    (parent,) = [tags for tags in runs() if tags["sweep.kind"] == "sweep"]
    assert (parent.get("team"), parent.get("x")) == ("rates", None)
    assert parent["mlflow.note.content"].startswith("a note")

    renamed = invoke("rename", "small", "other", *of(report)).stdout.strip()
    assert {tags["sweep.id"] for tags in runs()} == {renamed}
    assert len(runs()) == 7
    invoke("rm", "other", "--yes", *of(report))
    assert runs() == []


@pytest.mark.slow
def test_gc_finds_runs_of_folders_that_were_deleted_by_hand(report: Report, tmp_path: Path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    invoke("run", spec_of(report), *of(report), "--executor", "inline", "--tracking-uri", uri)
    invoke("sync", "small", *of(report), "--tracking-uri", uri)
    assert "nothing to remove" in invoke("gc", "--tracking-uri", uri, *of(report)).stderr
    elsewhere = invoke("gc", "--tracking-uri", uri, "--runs-dir", tmp_path / "elsewhere", "--yes")
    assert "nothing to remove" in elsewhere.stderr, "the sweeps of another runs directory are not its own"
    shutil.rmtree(report.folder.path)
    assert "7 MLflow runs are in the trash" in invoke("gc", "--tracking-uri", uri, "--yes", *of(report)).stderr
    assert "nothing to remove" in invoke("gc", "--tracking-uri", uri, *of(report)).stderr
