"""Status of a cluster and its sweeps as plain data, collected inside the cluster."""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from sweep.cluster.run_location import run_directory
from sweep.errors import SweepError
from sweep.ledger.live_status import SHOWN_PHASES, live_status
from sweep.ledger.run_directory import Folder

type Span = tuple[int, float, float, str, str | None]  # as `Ledger.spans`

RECENT = 300.0  # seconds over which the pace is counted
SLOWEST = 3


def gather(sweeps: Sequence[Mapping[str, str]], address: str = "auto") -> dict[str, Any]:
    """Machines, and of each sweep (`sweep`, `runs`, `job`) its pace, its best, its slowest, its failures by machine."""
    import logging

    import ray

    context: Any = ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    try:
        nodes, dashboard = machines(), str(context.address_info["webui_url"] or "")
    finally:
        ray.shutdown()
    return {"nodes": nodes, "dashboard": dashboard, "sweeps": [sweep(request) for request in sweeps]}


def machines() -> list[dict[str, Any]]:
    """Every machine that the cluster knows: whether it is there, its CPUs and how many of them are busy."""
    import ray

    from sweep.executors.ray.private import free_resources

    free = free_resources()
    machine_list: list[dict[str, Any]] = []
    for node in ray.nodes():
        cpus = node["Resources"].get("CPU", 0.0) if node["Alive"] else 0.0
        busy = cpus - free.get(node["NodeID"], {}).get("CPU", 0.0) if node["Alive"] else 0.0
        machine_list.append({
            "node": node["NodeID"][:8], "host": node["NodeManagerHostname"], "address": node["NodeManagerAddress"],
            "alive": node["Alive"], "head": "node:__internal_head__" in node["Resources"],
            "cpus": cpus, "busy": round(max(0.0, busy), 2),
        })  # fmt: skip
    return sorted(machine_list, key=lambda n: (not n["alive"], not n["head"], n["host"]))


def sweep(request: Mapping[str, str]) -> dict[str, Any]:
    """One sweep by its ledger."""
    try:
        return dict(request) | _read(run_directory(request["runs"], request["sweep"]))
    except SweepError as error:
        return dict(request) | {"error": str(error)}


def _read(folder: Folder) -> dict[str, Any]:
    if not folder.ledger.exists():
        return {"trials": {}, "error": "has not begun"}
    with folder.open() as ledger:
        facts, live, leaders = ledger.facts, live_status(folder, ledger), ledger.leaders(1)
        spans = list(ledger.spans())
    metric = facts.objective["metric"]
    best = leaders[0] if leaders else None
    return ({"state": live.state} if live.state in SHOWN_PHASES else {}) | {
        "trials": dict(live.trials), "objective": metric,
        "best": {"trial": best.number, "value": best.metrics[metric]} if best else None,
        "failures": _failures(spans), **_pace(spans),
    }  # fmt: skip


def _failures(spans: Sequence[Span]) -> dict[str, dict[str, int]]:
    """Failed attempts by host and reason, those that were tried again included."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for *_, worker, reason in spans:
        if reason:
            counts[_host(worker)][reason] += 1
    return {host: dict(reasons) for host, reasons in sorted(counts.items())}


def _host(worker: str) -> str:
    return worker.rpartition(":")[0] or "unknown"


def _pace(spans: Sequence[Span]) -> dict[str, Any]:
    now = time.time()
    over = min(RECENT, now - min((begin for _, begin, *_ in spans), default=now))
    recent = sum(end > now - RECENT for _, _, end, *_ in spans)
    took = sorted(((end - begin, number) for number, begin, end, *_ in spans), reverse=True)
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    for _, _, end, worker, _ in spans:
        if end > now - RECENT:
            hosts[_host(worker)].add(worker)
    return {
        "trials_per_minute": round(60 * recent / over, 1) if recent and over > 0 else 0.0,
        "median_seconds": round(median(s for s, _ in took), 3) if took else None,
        "slowest": [{"trial": number, "seconds": round(s, 3)} for s, number in took[:SLOWEST]],
        "workers": {host: len(pids) for host, pids in sorted(hosts.items())},
    }
