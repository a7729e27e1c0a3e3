"""Connection to a Ray cluster, and the trials that its machines can run."""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import gc
import logging
import os
import socket
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from typing import Any

import ray

from sweep.common.addresses import hide
from sweep.errors import InputError, Problem
from sweep.executors.ray import local_node, private
from sweep.executors.ray.fork_server_handle import fork_server
from sweep.executors.worker.crash_recorder import strip_colours

SHARED_MEMORY = 128 * 2**20  # bytes of Ray's object store on a workstation: only settings and figures pass through it


def connect(address: str, workers: int | None) -> None:
    where: dict[str, Any] = {"address": address}
    if address == "local":
        where |= {"num_cpus": workers or os.cpu_count() or 1, "object_store_memory": SHARED_MEMORY}
        where |= {"include_dashboard": False} | local_node.node.begin()
    private.silence_worker_messages()
    try:
        _require_listener(address)
        with private.minimal_node() if address == "local" else nullcontext():
            ray.init(**where, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # noqa: BLE001 (Ray raises a plain one where its node does not start in time)
        _end_own_node()
        message = strip_colours(str(error))
        if address == "local":
            remedy = "`sweep doctor` looks at this machine; --executor inline runs without Ray"
            raise InputError(Problem("Ray", f"cannot start on this machine: {message}", remedy=remedy)) from None
        rule = f"no Ray cluster can be reached: {hide(message)}"
        remedy = "start one with `ray start --head`, or leave --address out to run on this machine"
        raise InputError(Problem("--address", rule, address, remedy)) from None


def _require_listener(address: str) -> None:
    """Raises OSError when nobody listens at HOST:PORT: Ray itself takes two minutes to find that out."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=10).close()


def head_address() -> str:
    """Return HOST:PORT of the head of the cluster."""
    return ray.get_runtime_context().gcs_address


def disconnect() -> None:
    """Leave the cluster. A reference that another thread frees meanwhile would end this process: no garbage is."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        ray.shutdown()
    finally:
        _end_own_node()
        if is_on:
            gc.enable()


def _end_own_node() -> None:
    fork_server.end()
    local_node.node.end()


def nodes(without: Collection[str] = ()) -> list[dict[str, float]]:
    """Return the resources of each machine of the cluster."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"] and node["NodeID"] not in without]


def places(offer: Mapping[str, float], memory: int | None) -> int:
    """Return the number of trials that a machine can run at a time."""
    cores = int(offer.get("CPU", 0))
    return min(cores, int(offer.get("memory", 0) // memory)) if memory else cores


def _nothing() -> None:
    """The task that shows whether some machine could run a trial."""


def require_machine(needs: Mapping[str, Any], patience: float) -> None:
    """Raises InputError when no machine can run a trial, also after what a growing cluster needs to bring one up."""
    memory = needs.get("memory")
    if any(places(offer, memory) for offer in nodes()):
        return
    request: Any = ray.remote(_nothing).options(num_cpus=1, max_retries=0, **needs).remote()  # an autoscaler hears it
    if patience and ray.wait([request], timeout=patience)[0]:
        return
    ray.cancel(request)
    largest = max((offer.get("memory", 0) for offer in nodes() if offer.get("CPU", 0) >= 1), default=0)
    disconnect()
    if memory and largest:
        rule = f"no machine can hold such a trial: the largest offers {largest / 2**20:,.0f} MiB"
        raise InputError(Problem("limits.trial_memory", rule, f"{memory / 2**20:,.0f} MiB", "lower it"))
    raise InputError(Problem("--address", "no machine of the cluster offers a CPU", remedy="`ray status` shows them"))
