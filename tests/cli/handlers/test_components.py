"""`sweep components` lists what the engine brings, with types and defaults."""

import json

from tests.support.commands import invoke


def test_components_names_every_native_and_setting():
    document = json.loads(invoke("components", "--json").stdout)
    parameters = document["strategies"]["EmaCross"]["parameters"]
    assert parameters["instrument_id"] == {"type": "InstrumentId", "default": None, "required": True}
    assert parameters["fast_period"] == {"type": "int", "default": "10", "required": False}
    assert document["exec_algorithms"]["TWAP"]["parameters"] == {}
    assert document["engine"]["risk_engine"]["max_order_submit_rate"]["type"] == "str"
    assert "purge_closed_orders_interval_mins" not in document["engine"]["exec_engine"]  # it cannot be set
    shown = invoke("components").stdout
    assert "GridMarketMaker" in shown
    assert "max_order_submit_rate" in shown
