"""Specs of several components over the tiny catalog of tests/support/sweeps.py."""

from typing import Any

from tests.support import sweeps

HERE = "tests.support.portfolio:"
CONFIGS = {"Regime": "RegimeConfig", "Follower": "FollowerConfig", "Turning": "ClockConfig", "Boss": "BossConfig"}


def component(name: str, kind: str, **config: Any) -> dict[str, Any]:
    """One item of `strategies`, `actors` or `exec_algorithms`, of a class of tests/support/portfolio.py."""
    paths = {"path": HERE + kind} | ({"config_path": HERE + CONFIGS[kind]} if kind in CONFIGS else {})
    return {"name": name, **paths, "config": config}


def spec(catalog: str, space: dict[str, Any], strategies: list[Any], **sections: Any) -> dict[str, Any]:
    """A spec of these strategies and other components."""
    whole = sweeps.spec(catalog, space, **sections) | {"strategies": strategies}
    del whole["strategy"]
    return whole
