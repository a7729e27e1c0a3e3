"""Stores of MLflow that are databases, written to without most of its own code.

sqlite_template.py  a new SQLite store without running MLflow's migrations
run_rows.py         the rows of a run in MLflow's tables
bulk_runs.py        many whole runs in one transaction, through MLflow's own classes
sqlite_rows.py       statements on a SQLite store
sqlite_calls.py     the calls of a mirror on a SQLite store, without MLflow
rehearsal.py        the comparison with MLflow that allows them
"""
