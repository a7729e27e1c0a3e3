import nautilus_trader.common
import nautilus_trader.model
import nautilus_trader.portfolio
import nautilus_trader.trading

from sweep.port.engine_api import engine_api
from sweep.port.rules import attributes, methods, symbols


def test_the_stubs_are_read_as_the_engine_is():
    api = engine_api()
    assert (api.home("Bar"), api.home("DataActor"), api.home("Strategy"), api.home("Actor")) == (
        "model", "common", "trading", None
    )  # fmt: skip
    for module, kind in ((nautilus_trader.common, "Cache"), (nautilus_trader.portfolio, "Portfolio")):
        public = {name for name in dir(getattr(module, kind)) if name[0] != "_"}
        assert public <= api.members[kind]
    assert api.has_module("model.custom") and not api.has_module("trading.strategy")


def test_every_new_name_of_the_tables_exists_in_2():
    api = engine_api()
    assert [new for new in symbols.RENAMED.values() if api.home(new) is None] == []
    assert [new for new in symbols.UNPACKED.values() if api.home(new) is None] == []
    assert [new for new in methods.METHODS.values() if new not in api.members["Strategy"]] == []
    assert [new for new in methods.CALLBACKS.values() if new not in api.members["Strategy"]] == []
    assert [new for new in methods.OWN_ID.values() if not any(new in members for members in api.members.values())] == []
    assert api.members["Strategy"] | api.members["DataActor"] >= methods.TAKEN
    for kind, changes in attributes.CHANGES.items():
        for change in changes.values():
            if kind in api.members and change.to and not change.expression and not change.function:
                assert change.to in api.members[kind], f"{kind}.{change.to}"


def test_no_old_name_of_the_tables_exists_in_2():
    api = engine_api()
    assert [old for old in symbols.RENAMED if api.home(old)] == []
    assert [old for old in methods.METHODS if old in api.members["Strategy"]] == []
    assert [old for old in symbols.ABSTRACT if api.home(old)] == []
    assert [old for old in symbols.BUILTINS if api.home(old)] == []
