"""Decisions and indicator values of NautilusTrader 1.231: python tests/port/golden.py (makes its environment).

Writes fixtures/nautilus1/decisions.json and indicators.json, which the tests compare with.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from sweep.port.prove.proof import PROGRAM, job_of
from sweep.runner.engines import environment
from tests.port import cases, market

FIXTURES = Path(__file__).parents[1] / "fixtures" / "nautilus1"


def decisions(interpreter: Path, catalog: Path, name: str, folder: Path) -> list[dict[str, Any]]:
    """The decisions of a strategy under 1.231."""
    spec = cases.spec(name, catalog, name)
    job = job_of(spec, cases.STRATEGIES / f"{name}.py")
    job_file, out = folder / "job.json", folder / "out.json"
    job_file.write_text(json.dumps(job, default=str), encoding="utf-8")
    subprocess.run([interpreter, "-W", "ignore", PROGRAM, job_file, out], check=True)
    positions = json.loads(out.read_text(encoding="utf-8"))["positions"]
    return sorted(positions, key=lambda p: p["time"])


def rows(positions: list[dict[str, Any]]) -> str:
    return ",\n".join(json.dumps(one) for one in positions)


def main() -> None:
    interpreter = environment.python(print)
    with TemporaryDirectory() as folder:
        catalog = market.write(Path(folder) / "catalog")
        positions_by_case = {name: decisions(interpreter, catalog, name, Path(folder)) for name in cases.CASES}
    lines = ",\n".join(f"{json.dumps(name)}: [\n{rows(positions)}\n]" for name, positions in positions_by_case.items())
    (FIXTURES / "decisions.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    program = Path(__file__).with_name("indicator_figures.py")
    process = subprocess.run([interpreter, "-W", "ignore", program], check=True, capture_output=True, text=True)
    (FIXTURES / "indicators.json").write_text(process.stdout, encoding="utf-8")


if __name__ == "__main__":
    main()
