"""The record that a user's metric receives, under the import path of earlier versions."""

from sweep.backtest.records import *  # noqa: F403 (all of its public names, for metrics that name this module)
