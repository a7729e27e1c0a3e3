"""From the id of an MLflow run to the trial that it mirrors."""

from typing import Any

from sweep.errors import InputError, Problem
from sweep.tracking.tracking_uri import TrackingStore, problems


def trial_of(run: str, uri: str) -> tuple[str, int]:
    """The sweep's id and the trial's number. InputError where there is no such run, or the store cannot be reached."""
    store = TrackingStore.at(uri)
    if mistakes := problems(store.uri, "--tracking-uri"):
        raise InputError(mistakes)
    remedy = "give the sweep and the trial instead: sweep replay SWEEP TRIAL"
    if store.path and not store.path.exists():
        raise InputError(Problem("--tracking-uri", "there is no tracking store", store.shown, remedy))
    tags = _tags(store, run, remedy)
    if tags.get("sweep.kind") != "trial":
        raise InputError(Problem("RUN_ID", "is no run of a sweep's trial", run, remedy))
    return tags["sweep.id"], int(tags["sweep.trial"])


def _tags(store: TrackingStore, run: str, remedy: str) -> dict[str, str]:
    from sweep.tracking.mlflow.library import (  # with its settings: short time-outs, no repeats
        MlflowClient,
        MlflowException,
    )

    client: Any = MlflowClient(store.opened)
    try:
        return dict(client.get_run(run).data.tags)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            raise InputError(Problem("RUN_ID", f"there is no such run in {store.shown}", run, remedy)) from None
        raise InputError(
            Problem("--tracking-uri", f"cannot be reached: {store.hide(str(error))}", store.shown, remedy)
        ) from None
    except Exception as error:  # noqa: BLE001 (what the network raises)
        raise InputError(
            Problem("--tracking-uri", f"cannot be reached: {store.hide(str(error))}", store.shown, remedy)
        ) from None
