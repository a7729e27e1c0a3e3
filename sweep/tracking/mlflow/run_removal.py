"""Runs of whole sweeps: where their folders are, and their way to the trash."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from sweep.errors import SweepError
from sweep.tracking.tracking_uri import TrackingStore

PAGE = 500  # runs in one answer


def remove(sweep: str, uri: str) -> int:
    """Move the runs of a sweep to the trash, that of the sweep itself last; their number."""
    with _client(uri) as client:
        runs = sorted(_runs(client, f"tags.`sweep.id` = '{sweep}'"), key=lambda r: r.data.tags["sweep.kind"] == "sweep")
        for run in runs:
            client.delete_run(run.info.run_id)
    return len(runs)


def places(uri: str) -> dict[str, str]:
    """Return the folder (HOST:PATH) of every sweep that has one noted, by the sweep's id."""
    with _client(uri) as client:
        tags = [run.data.tags for run in _runs(client, "tags.`sweep.kind` = 'sweep'")]
    return {tag["sweep.id"]: tag["sweep.folder"] for tag in tags if "sweep.folder" in tag}


@contextmanager
def _client(uri: str) -> Generator[Any]:
    """A client of MLflow; None of its errors leaves the block."""
    from sweep.tracking.mlflow.library import MlflowClient  # with its settings: short time-outs, no repeats

    store = TrackingStore.at(uri)
    try:
        yield MlflowClient(store.uri) if not store.path or store.path.exists() else None
    except Exception as error:
        raise SweepError(f"MLflow at {store.shown} does not answer: {type(error).__name__}: {error}") from error


def _runs(client: Any, query: str) -> Iterator[Any]:
    """Active runs in all experiments; none where there is no store."""
    if client is None:
        return
    names = [e.experiment_id for e in _pages(lambda token: client.search_experiments(page_token=token))]
    if names:
        yield from _pages(lambda token: client.search_runs(names, query, max_results=PAGE, page_token=token))


def _pages(ask: Callable[[str | None], Any]) -> Iterator[Any]:
    token: str | None = None
    while True:
        page = ask(token)
        yield from page
        token = page.token
        if not token:
            return
