"""The mirror of a ledger in MLflow: complete, exactly once, repairable. The ledger stays the only truth.

record.py       a trial as the run that MLflow shall hold (pure)
summary.py      the sweep as its parent run (pure)
drain.py        compares, then writes what differs; a process of its own, the only one that loads MLflow
client.py       the few calls to MLflow
mlflow.py       what the driver holds: start, finish; and `sync`
tearsheets.py   draws them from the ledger
store.py        where MLflow keeps its runs
server.py       the MLflow UI
"""
