"""Risk limits of a trial, enforced outside of user code.

scope.py    equity, entries and positions of the strategies that a set of limits is for
monitor.py  checks the limits at each mark and at each order, and stops trading
watcher.py  the actor that tells the monitor of each mark
"""
