"""`sweep spec explain` and `sweep venues`."""

import json

import pytest

from sweep.backtest.setup.models import TABLES
from sweep.backtest.setup.venues import KEYS
from sweep.spec.forms.key_notes import NOTES
from sweep.spec.model import Spec
from tests.support.commands import invoke


def test_without_a_key_all_sections_are_listed():
    lines = invoke("spec", "explain").stdout.splitlines()
    assert [line.split()[0] for line in lines if line.strip()] == list(Spec.model_fields)


def test_every_key_is_explained():
    paths = [*list(NOTES)[::9], *(f"venues.{key}" for key in list(KEYS)[::5]), *(f"venues.X.{key}" for key in TABLES)]
    for path in dict.fromkeys(paths):
        document = json.loads(invoke("spec", "explain", path, "--json").stdout)
        assert document["meaning"], path
        assert document["type"], path


def test_a_default_and_an_example_are_shown():
    text = invoke("spec", "explain", "limits.retries").stdout
    assert "retries: 2" in text
    assert "default" in text
    assert "PerContractFeeModel, FixedFeeModel" in invoke("spec", "explain", "venues.ARCA.fee_model.commission").stdout
    assert "config: { instrument_id" in invoke("spec", "explain", "strategy.fast").stdout


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("search.metod", "did you mean 'method'?"),
        ("objektive", "did you mean 'objective'?"),
        ("xyz", "name, objective, period"),
        ("venues.levrage", "leverages"),
        ("venues.fee_model.comission", "commission"),
        ("search.pruner.rungs.x", "there is no key 'x' in search.pruner.rungs"),
    ],
)
def test_an_unknown_key_says_what_there_is(path, remedy):
    assert remedy in invoke("spec", "explain", path, code=2).output


def test_components_names_every_native_and_setting():
    document = json.loads(invoke("components", "--json").stdout)
    parameters = document["strategies"]["EmaCross"]["parameters"]
    assert parameters["instrument_id"] == {"type": "InstrumentId", "default": None, "required": True}
    assert parameters["fast_period"] == {"type": "int", "default": "10", "required": False}
    assert document["exec_algorithms"]["TWAP"]["parameters"] == {}
    assert document["engine"]["risk_engine"]["max_order_submit_rate"]["type"] == "str"
    assert "purge_closed_orders_interval_mins" not in document["engine"]["exec_engine"]  # it cannot be set
    output = invoke("components").stdout
    assert "GridMarketMaker" in output
    assert "max_order_submit_rate" in output
