"""Reasons of trials whose Ray task ended with an error."""

from ray import exceptions as failures

from sweep.errors import Reason
from sweep.executors.worker.crash_recorder import CrashCause, strip_colours


def crash_cause(error: Exception) -> CrashCause:
    message = strip_colours(str(error)).strip()
    if isinstance(error, failures.OutOfMemoryError):
        return CrashCause(Reason.MEMORY, "Ray ended the worker because the machine ran out of memory", message)
    if isinstance(error, (failures.NodeDiedError, failures.OwnerDiedError, failures.ObjectLostError)):
        return CrashCause(Reason.NODE, "the machine that ran the trial left the cluster", message)
    if isinstance(error, failures.RayTaskError):
        return CrashCause(Reason.CRASH, f"the worker could not run the trial: {message.splitlines()[-1]}", message)
    if isinstance(error, TimeoutError):
        return CrashCause(Reason.CRASH, message, "")
    return CrashCause(Reason.CRASH, "the worker process died and left no word", message, is_unknown=True)
