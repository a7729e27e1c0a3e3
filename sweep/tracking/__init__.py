"""The mirror of a ledger in MLflow: complete, exactly once, repairable. The ledger stays the only truth.

    mlflow.py       what the driver holds: start, finish; and `sync`
    drain.py        mirrors until it is over: a process of its own, the only one that loads MLflow
    projection.py   compares what MLflow holds of a sweep with the ledger, and writes what differs
    client.py       the few calls to MLflow
    fresh.py        a new SQLite store, without MLflow's migrations
    summary.py      the sweep as its parent run
    tearsheets.py   draws them from the ledger
    server.py       the MLflow UI
    views.py        the sweep as the MLflow UI opens it
    children.py     which trials get a run of their own
    record.py       a trial as the run that MLflow shall hold
    store.py        where MLflow keeps its runs

Each of them knows only those below it.
"""
