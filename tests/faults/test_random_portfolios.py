"""Random portfolios have the same ledgers: run twice, interrupted and resumed, with packs wanted, on two workers."""

from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

import sweep
from tests.support import sweeps
from tests.support.effort import FULL, repeats
from tests.support.portfolio_specs import component, spec

SEEDS = repeats(200, quick=1)
ON_RAY = 20  # of so many one also runs on two workers of Ray


def portfolio(catalog: str, seed: int) -> dict[str, Any]:
    """A spec of up to four strategies, two actors and an algorithm, some switched off, and a small space."""
    draw = Random(seed)
    actors = [component(f"a{n}", "Regime", window=draw.choice([9, 20, 45])) for n in range(draw.randint(1, 2))]
    strategies: list[dict[str, Any]] = [component("s0", "Turning", every=draw.choice([5, 11, 30]))]
    for n in range(1, draw.randint(1, 4)):
        kind = draw.choice(["Turning", "Follower", "EmaCross"])
        if kind == "EmaCross":
            config = {
                "instrument_id": "SPY.ARCA",
                "trade_size": draw.randint(1, 9),
                "fast_period": 4,
                "slow_period": 20,
            }
            strategies.append({"name": f"s{n}", "native": kind, "config": config})
        else:
            algo = {"algo": "Halves"} if kind == "Follower" and draw.random() < 0.5 else {}
            strategies.append(component(f"s{n}", kind, trade_size=2 * draw.randint(1, 9), **algo))
    for one in (*strategies[1:], *actors[1:]):
        one["enabled"] = draw.random() < 0.8
    last = strategies[-1]
    space: dict[str, Any] = {"strategies.s0.trade_size": [2, 4]}
    space |= {f"strategies.{last['name']}.enabled": [True, False]} if len(strategies) > 1 else {}
    space |= {"actors.a0.window": [10, 25]} if draw.random() < 0.5 else {}
    whole = spec(catalog, space, strategies, actors=actors, exec_algorithms=[component("Halves", "Halves")])
    return whole | {"name": f"random_{seed}"}


def settled(report: Any) -> dict[str, Any]:
    """What became of each trial, by key."""
    with report.folder.open() as ledger:
        return {row.key: (row.state, row.metrics, row.warnings, ledger.trail(row.number)) for row in ledger.rows()}


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

    def run(place: str, wanted: dict[str, Any] = whole, **options: Any) -> dict[str, Any]:
        options = {"executor": "inline"} | options
        path = sweeps.write(tmp_path / f"{place}.yaml", wanted)
        return settled(sweep.run(path, runs_dir=tmp_path / place, tracking=False, **options))

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
