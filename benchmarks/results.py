"""Write RESULTS.md from the results of the other scripts in `results/`: `python benchmarks/results.py`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PLACE = Path(__file__).parent
PEERS = {
    "v1": "NautilusTrader 1.231, a `BacktestNode` in each Ray task, logged to MLflow there",
    "processes": "NautilusTrader 2, `multiprocessing`, no tracking",
    "reset": "NautilusTrader 2, one engine reset between runs, one core, no tracking",
    "threads": "Optuna's `study.optimize(n_jobs=2)`, SQLite",
    "tune": "Ray Tune, `MLflowLoggerCallback`",
    "tune-reuse": "Ray Tune, `reuse_actors=True`, `MLflowLoggerCallback`",
    "sweep": "`sweep run`, with MLflow, ten tearsheets and the report",
    "shared": "`sweep run` with `execution: {replay: shared}`, the same",
}


MARKETS = {  # data of a trial, if not quotes with signals
    "callback": "quotes with signals, a Python callback on each quote",
    "bars": "bars, a callback on each",
    "five": "quotes of each of five instruments, a callback on each quote",
}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(map(str, row))} |" for row in rows)
    yield ""


def result(name: str) -> Mapping[str, Any] | None:
    file = PLACE / "results" / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def compared(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A table for each load, the slowest first."""
    for load in dict.fromkeys(row["load"] for row in rows):
        chosen = sorted((r for r in rows if r["load"] == load), key=lambda r: -r["seconds"])
        market = MARKETS.get(load, "quotes with signals")
        yield f"### {load}: {chosen[0]['trials']:,} trials of {chosen[0]['quotes']:,} {market}, two workers"
        yield ""
        head = ("", "seconds", "trials per minute", "time / `sweep`", "trials with different PnL")
        yield from table(
            head,
            [
                (PEERS[r["peer"]], r["seconds"], r["trials_per_minute"], f"{r['sweep_is_faster']} ×", r["other_pnl"])
                for r in chosen
            ],
        )


def pruned(name: str, study: Mapping[str, Any]) -> Iterator[str]:
    """A row for each seed, and the medians."""
    yield f"### {name}"
    yield ""
    head = ("seed", "best of the whole study", "pruned", "not pruned", "random", "engine seconds", "trials (complete)")
    rows = [*study["rows"], study["medians"] | {"seed": "median"}]
    kinds = ("pruned", "unpruned", "random", "seconds")
    yield from table(
        head,
        [
            (
                r["seed"],
                f"{r['best']:,.0f}",
                *("" if r[k] is None else f"{r[k]:.2f}" for k in kinds),
                "{1:.0f} ({2:.0f})".format(*r["trials"]),
            )
            for r in rows
        ],
    )


def scaled(row: Mapping[str, Any]) -> list[tuple[str, object, str]]:
    """A thousand workers as rows of a table."""
    load = f"{row['trials']:,} trials on {row['workers']:,} workers, {row['seconds_each']:g} s each (lognormal)"
    return [
        (f"{load}: idle share of the workers", f"{100 * row['idle_share']:.2f} %", "< 2 %"),
        ("CPU of the driver: ms per trial", row["driver_cpu_ms_per_trial"], ""),
        ("growth of the driver's memory: MiB", row["driver_memory_mib_more"], ""),
        ("ledger: KiB per trial", row["ledger_kib_per_trial"], ""),
    ]


def together(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A row for each load of shared replay."""
    head = (
        "quotes",
        "quotes per signal",
        "fills per trial",
        "engine CPU, isolated / shared",
        "trials per minute, isolated",
        "shared",
    )
    goals = ("shared / isolated (goal 5)", "shared / 1.231 (goal 25)", "identical", "control trials")
    yield from table(
        (*head, *goals),
        [
            (
                f"{r['quotes']:,}", f"{r['every']:,}", round(r["engines"]["fills_each"]), f"{r['engines']['ratio']} ×",
                r["isolated"], r["shared"], f"{r['ratios']['shared / isolated']} ×",
                f"{r['ratios'].get('shared / 1.231', '–')} ×", "yes" if r["identical"] else "NO", r["verified"],
            )
            for r in rows
        ],
    )  # fmt: skip


def text() -> Iterator[str]:
    """The page, line by line."""
    yield "# Results"
    yield ""
    yield "Written by `python benchmarks/results.py` from `benchmarks/results/`. Seconds are those of whole commands,"
    yield "start-up included: medians of alternating runs. PnL was compared to the cent before any time."
    yield ""
    if peers := result("compare"):
        yield from (f"{name}: {value}  " for name, value in peers["machine"].items())
        yield ""
        yield "## Comparison with other tools"
        yield ""
        yield from compared(peers["rows"])
    if shared := result("shared"):
        yield "## Shared replay"
        yield ""
        yield "The 81-trial score grid as whole commands on two workers, with MLflow, ten tearsheets and the proof; the"
        yield "time of 1.231 is extrapolated from 20 trials. Every figure and fill of the two tables was compared."
        yield ""
        yield from together(shared["rows"])
    if overhead := result("overhead"):
        yield "## Overhead over the engine"
        yield ""
        rows = [row for part in overhead["rows"].values() for row in part]
        yield from table(("", "measured", "goal"), [(r["what"], r["value"], r["goal"]) for r in rows])
    if scale := result("scale"):
        yield "## A thousand workers, simulated"
        yield ""
        yield from table(("", "measured", "goal"), scaled(scale["rows"][0]))
    if studies := result("pruning"):
        yield "## Pruned studies compared with whole studies"
        yield ""
        yield "Best results divided by that of the whole study of the same seed. The studies in a row replay"
        yield "the same share of its days; engine seconds: CPU time of the pruned study / that of the whole study."
        yield ""
        for name, study in studies.items():
            yield from pruned(name, study)
    if (notes := PLACE / "results" / "NOTES.md").exists():
        yield notes.read_text().rstrip()


if __name__ == "__main__":
    (PLACE / "RESULTS.md").write_text("\n".join(text()).rstrip() + "\n")
