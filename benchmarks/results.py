"""Write RESULTS.md, and the first table of the README, from the results of the other scripts in `results/`.

python benchmarks/results.py
"""

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
    "auto": "`sweep run` with `execution: {replay: auto}`, the same",
}
GOALS = {  # time / that of plain `multiprocessing`: each trial isolated
    "grid": 1.15, "short": 1.25, "callback": 1.15, "bars": 1.15, "second": 1.0, "native": 1.0,
}  # fmt: skip
SHARED_GOAL = 0.5
SHORT = {"callback": "quotes, callback", "bars": "bars", "native": "quotes, native"}
README = PLACE.parent / "README.md"
BEGIN, END = "<!-- benchmarks/results.py -->", "<!-- end -->"


MARKETS = {  # data of a trial, if not quotes with signals
    "callback": "quotes with signals, a Python callback on each quote",
    "bars": "bars, a callback on each",
    "five": "quotes of each of five instruments, a callback on each quote",
    "native": "quotes, the engine's own `EmaCross`",
}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(map(str, row))} |" for row in rows)
    yield ""


def result(name: str) -> Mapping[str, Any] | None:
    file = PLACE / "results" / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


type Rows = Sequence[Mapping[str, Any]]


def plain_rows() -> tuple[str, Rows]:
    """The rows of the loads that a plain loop runs too, and when they were measured."""
    if plain := result("plain"):
        return f"medians of three runs on {plain['date']}, commit {plain['commit']}", plain["rows"]
    peers = result("compare")
    return "an earlier version; single runs, of the first load medians of three", peers["rows"] if peers else []


def beside_plain(rows: Rows) -> Iterator[tuple[Mapping[str, Any], float, float, float | None]]:
    """For each load its first row, and the seconds of the loop, of isolated trials and of shared passes."""
    seconds = {(row["load"], row["peer"]): row["seconds"] for row in rows}
    for load in GOALS:
        loop, own = seconds.get((load, "processes")), seconds.get((load, "sweep"))
        if loop and own:
            shared = seconds.get((load, "auto"), seconds.get((load, "shared")))
            yield next(row for row in rows if row["load"] == load), loop, own, shared


def first_table() -> Iterator[str]:
    """The first table of RESULTS.md: below 1 `sweep` is faster."""
    measured, rows = plain_rows()
    yield "Whole commands, `sweep run` with MLflow, ten tearsheets and the report, beside a loop of `multiprocessing`"
    yield f"over the same engine that keeps no record; equal PnL in each trial ({measured})."
    yield f"With shared passes (docs/shared-replay.md), where they are possible, the goal is {SHARED_GOAL}."
    yield ""
    head = ("trials", "plain loop: s", "`sweep`, isolated: s", "/ loop", "goal", "`sweep`, passes shared: s", "/ loop")
    cells = list[tuple[object, ...]]()
    for row, loop, own, shared in beside_plain(rows):
        load = row["load"]
        named = f"{load}: {row['trials']:,} of {row['quotes']:,} {MARKETS.get(load, 'quotes with signals')}"
        times = (loop, own, f"{own / loop:.2f}", f"≤ {GOALS[load]}")
        cells.append((named, *times, *((shared, f"{shared / loop:.2f}") if shared else ("", ""))))
    yield from table(head, cells)


def in_readme(text: str) -> str:
    """The README with a shorter form of the table in its place."""
    head = ("trials", "`multiprocessing`", "`sweep`, isolated", "`sweep`, passes shared")
    cells = [
        (f"{row['trials']:,}×{row['quotes']:,} {SHORT.get(row['load'], 'quotes')}", loop, own, shared or "")
        for row, loop, own, shared in beside_plain(plain_rows()[1])
    ]
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = "\n".join(table(head, cells)).replace("|---" * len(head), "|---" + "|---:" * (len(head) - 1))
    return f"{before}{BEGIN}\n\n{lines}\n{END}{after}"


def compared(rows: Rows) -> Iterator[str]:
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


def all_pruned(studies: Mapping[str, Any]) -> Iterator[str]:
    """A table for each data set of pruned studies."""
    yield "## Pruned studies compared with whole studies"
    yield ""
    yield "Best results divided by that of the whole study of the same seed. The studies in a row replay"
    yield "the same share of its days; engine seconds: CPU time of the pruned study / that of the whole study."
    yield ""
    for name, study in studies.items():
        yield from pruned(name, study)


def side_by_side(rows: Rows) -> Iterator[str]:
    """Sweeps on a real Ray, a column for each."""
    yield "## Sixty-four workers on a real Ray"
    yield ""
    yield "All on the two cores of this machine, so trials a second are those of these cores"
    yield "(`benchmarks/scale_ray.py`). Each trial does nothing on two minutes of quotes."
    yield ""
    names = [name for name in rows[0] if name != "nodes" and any(row[name] for row in rows)]
    heads = [f"nodes: {row['nodes']}" for row in rows]
    yield from table(("", *heads), [(name, *(row[name] for row in rows)) for name in names])


def scaled(row: Mapping[str, Any]) -> list[tuple[str, object, str]]:
    """A thousand workers as rows of a table."""
    load = f"{row['trials']:,} trials on {row['workers']:,} workers, {row['seconds_each']:g} s each (lognormal)"
    return [
        (f"{load}: idle share of the workers", f"{100 * row['idle_share']:.2f} %", "< 2 %"),
        ("CPU of the driver: ms per trial", row["driver_cpu_ms_per_trial"], ""),
        ("growth of the driver's memory: MiB", row["driver_memory_mib_more"], ""),
        ("ledger: KiB per trial", row["ledger_kib_per_trial"], ""),
    ]


def together(rows: Rows) -> Iterator[str]:
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
        yield "## Beside plain `multiprocessing`"
        yield ""
        yield from first_table()
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
    if on_ray := result("scale_ray"):
        yield from side_by_side(on_ray["rows"])
    if studies := result("pruning"):
        yield from all_pruned(studies)
    if (notes := PLACE / "results" / "NOTES.md").exists():
        yield notes.read_text().rstrip()


if __name__ == "__main__":
    (PLACE / "RESULTS.md").write_text("\n".join(text()).rstrip() + "\n")
    README.write_text(in_readme(README.read_text()))
