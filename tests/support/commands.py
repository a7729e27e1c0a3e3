"""Commands run in this process, and what they leave."""

from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from sweep.cli import app
from sweep.results.report import Report


def invoke(*arguments: object, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def of(report: Report) -> tuple[str, object]:
    return "--runs-dir", report.folder.path.parent


def spec_of(report: Report) -> Path:
    return report.folder.path.parents[1] / "spec.yaml"
