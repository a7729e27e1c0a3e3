"""The loops that people write around NautilusTrader 2. Each returns the figures of each setting."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.peers import native, turns, v2

type Setting = dict[str, float]
type Figures = dict[str, float]
WORKERS = 2


def processes(catalog: str, settings: Sequence[Setting], _store: str) -> list[Figures]:
    """Plain `multiprocessing`, no tracking: the bare minimum."""
    trial = turns.trial if "every" in settings[0] else native.trial if "fast_period" in settings[0] else v2.trial
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        return pool.map(partial(trial, catalog), settings, chunksize=1)


def reset(catalog: str, settings: Sequence[Setting], _store: str) -> list[Figures]:
    """One engine, loaded once and reset between the runs, on one core."""
    return list(v2.reset(catalog, settings))


def threads(catalog: str, settings: Sequence[Setting], store: str) -> list[Figures]:
    """Optuna's `study.optimize(n_jobs=2)`: threads of one process, a SQLite store."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    axes = {name: sorted({setting[name] for setting in settings}) for name in settings[0]}
    results: dict[tuple[float, ...], Figures] = {}

    def objective(trial: Any) -> float:
        setting = {name: trial.suggest_categorical(name, values) for name, values in axes.items()}
        results[tuple(setting.values())] = figures = v2.trial(catalog, setting)
        return figures["pnl"]

    study = optuna.create_study(sampler=optuna.samplers.GridSampler(axes, seed=1), direction="maximize", storage=store)
    study.optimize(objective, n_trials=len(settings), n_jobs=WORKERS)
    return [results.get(tuple(setting.values()), {}) for setting in settings]


def tune(catalog: str, settings: Sequence[Setting], store: str, *, reuse: bool = False) -> list[Figures]:
    """Ray Tune with `MLflowLoggerCallback`, a function for each trial."""
    os.environ |= {"RAY_AIR_NEW_OUTPUT": "0", "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "0"}
    import ray
    from ray.air.integrations.mlflow import MLflowLoggerCallback
    from ray.tune import RunConfig, TuneConfig, Tuner, grid_search, report

    def trainable(config: dict[str, Any]) -> None:
        report(v2.trial(catalog, config["setting"]))

    ray.init(num_cpus=WORKERS, log_to_driver=False, include_dashboard=False)
    callbacks = [MLflowLoggerCallback(tracking_uri=store, experiment_name="tune")]
    results = Tuner(
        trainable,
        param_space={"setting": grid_search(list(settings))},
        tune_config=TuneConfig(reuse_actors=reuse, max_concurrent_trials=WORKERS),
        run_config=RunConfig(storage_path=str(Path(catalog).parent / "tune"), verbose=0, callbacks=callbacks),
    ).fit()
    ray.shutdown()
    figures_by_setting = {
        tuple(r.config["setting"].values()): {"pnl": r.metrics["pnl"], "filled": r.metrics["filled"]} for r in results
    }
    return [figures_by_setting[tuple(setting.values())] for setting in settings]


LOOPS: dict[str, Callable[..., list[Figures]]] = {
    "processes": processes,
    "reset": reset,
    "threads": threads,
    "tune": tune,
    "tune-reuse": partial(tune, reuse=True),
}
