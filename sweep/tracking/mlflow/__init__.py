"""Tracker that mirrors ledgers to MLflow: each ended trial as exactly one run, repairable by `sync`.

tracker.py          implements the `Tracker` protocol
mirror.py           starts the mirror process and waits for it
mirror_process.py   follows a ledger until the sweep is over; the only process that imports MLflow, where it is needed
reconcile.py        compares the runs in MLflow with the ledger and writes the differences
parent_run.py       the sweep as a parent run
trial_run.py        a trial as a child run
trial_params.py     parameters of a trial's run
run_lookup.py       the trial that an MLflow run mirrors
client.py           calls to MLflow
run_removal.py      runs of whole sweeps to the trash
library.py          MLflow's own client
settings.py         settings of MLflow in these processes
database/           stores that are databases, written to without most of MLflow
ui_server.py        the MLflow UI
ui_app.py           MLflow's web application as that serves it
ui_views.py         the view of a sweep in the MLflow UI
"""
