"""Attributes that a source names."""

import json.decoder
import statistics
import sys

import numpy as np
import pandas as pd

from sweep.backtest.user_code.attribute_paths import named_things

SOURCE = b"""
import pandas as pd
import numpy.linalg
from json import decoder as other

def late():
    import statistics as st
    kind = pd.DataFrame
    kind.x = numpy.linalg.norm
    setattr(st, "mean", None)
    return other.JSONDecoder, self.nothing.at.all, missing.name
"""


def test_modules_and_classes_on_its_paths_are_found_under_the_names_of_its_imports():
    things = [thing for _, thing in named_things(SOURCE, sys.modules, {})]
    names = [pd, pd.DataFrame, np, np.linalg, statistics, json.decoder]
    names += [statistics.mean]
    assert all(any(thing is each for thing in things) for each in [*names, json.decoder.JSONDecoder])


def test_a_source_that_is_none_names_nothing():
    assert list(named_things(b"def (", sys.modules, {})) == []
