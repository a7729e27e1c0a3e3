"""Random portfolios have the same ledgers: run twice, interrupted and resumed, with packs wanted, on two workers.

`python -m tests.faults.random_portfolios` also kills their drivers.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import sweep
from tests.faults.random_portfolios import compare, portfolio, settled
from tests.support import sweeps
from tests.support.effort import FULL, repeats

SEEDS = repeats(200, quick=1)
ON_RAY = 20  # of so many one also runs on two workers of Ray


def interrupt(progress: Any) -> None:
    """End the sweep after its first trial, as Ctrl-C does."""
    if progress.ended:
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two sessions of three minutes."""
    return sweeps.catalog(tmp_path_factory.mktemp("catalog"), minutes=3)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_portfolio_has_one_ledger(catalog: str, tmp_path: Path, seed: int):
    whole = portfolio(catalog, seed)

    def run(place: str, document: dict[str, Any] = whole, **options: Any) -> dict[str, Any]:
        options = {"executor": "inline"} | options
        path = sweeps.write(tmp_path / f"{place}.yaml", document)
        return settled(sweep.run(path, runs_dir=tmp_path / place, tracking=False, **options).folder)

    once = run("once")
    assert once
    assert all(state == "COMPLETE" for state, *_ in once.values()), once
    assert any(metrics["orders"] for _, metrics, *_ in once.values())
    assert run("again", whole | {"execution": {"replay": "shared"}}) == once
    with suppress(KeyboardInterrupt):
        run("stopped", watch=interrupt)
    assert run("stopped") == once
    if FULL and seed % ON_RAY == 0:
        assert run("ray", executor="ray", workers=2) == once


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 12])  # on Ray, and inside the driver
def test_a_killed_driver_of_a_portfolio_resumes_to_the_same_ledger(catalog: str, tmp_path: Path, seed: int):
    differences, _ = compare(catalog, seed, tmp_path / "place")
    assert not differences
