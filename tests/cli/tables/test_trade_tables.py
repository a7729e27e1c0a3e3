"""Trades of a trial by instrument, hour and weekday on the command line."""

import json

from sweep.results.report import Report
from tests.support.commands import invoke, of


def test_by_hour_weekday_and_instrument(finished_sweep: Report):
    pnl = finished_sweep.trial(0).metrics["pnl_total"]
    for by, name in (("hour", "13:00"), ("weekday", "Mon"), ("instrument", "SPY.ARCA")):
        arguments = ("show", "small", *of(finished_sweep), "--by", by, "--trial", "0")
        document = json.loads(invoke(*arguments, "--json").stdout)
        (row,) = document["rows"]
        assert (document["trial"], document["currency"], row["name"], row["trades"]) == (0, "USD", name, 1)
        assert round(row["pnl"] + document["other"], 2) == round(document["pnl_total"], 2) == round(pnl, 2)
        printed = invoke(*arguments).stdout
        assert name in printed
        assert ("UTC" in printed) == (by != "instrument")


def test_the_best_trial_is_shown_unless_another_is_named(finished_sweep: Report):
    document = json.loads(invoke("show", "small", *of(finished_sweep), "--by", "hour", "--json").stdout)
    assert document["trial"] == finished_sweep.best().number


def test_mistakes(finished_sweep: Report):
    place = ("show", "small", *of(finished_sweep))
    assert "trial 1 is FAILED: no trades by hour" in invoke(*place, "--by", "hour", "--trial", "1", code=1).stderr
    assert "add --by instrument" in invoke(*place, "--trial", "0", code=2).stderr
    assert "'day' is not one of" in invoke(*place, "--by", "day", code=2).stderr
