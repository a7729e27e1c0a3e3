import libcst as cst
import pytest

from sweep.port.facts import ClassFacts, Survey
from sweep.port.inference import Types, is_infinite

TYPES = {
    "self.cache.orders_open()": "Order[]",
    "self.cache.orders()[0]": "Order",
    "self.portfolio.account(v)": "Account",
    "self.config.bars": "BarType",
    "self._clock": "Clock",
    "self.order or self.cache.order(i)": "Order",
    "MarketOrder(x)": "Order",
    "bar.close": "Price",
    "self.nothing.at.all": "",
}


@pytest.mark.parametrize("code", TYPES)
def test_the_type_of_an_expression(code):
    config = ClassFacts("C", kind="config", fields={"bars": "BarType"})
    own = ClassFacts("S", kind="strategy", config="C", types={"order": "Order"})
    types = Types(Survey(classes={"C": config, "S": own}))
    types.owner.append(own)
    types.scopes.append({"bar": "Bar"})
    assert types.of(cst.parse_expression(code)) == TYPES[code]


def test_infinity_in_its_spellings():
    infinite = ["float('inf')", 'float("-inf")', "-math.inf", "np.inf", "-float('Infinity')"]
    assert all(is_infinite(cst.parse_expression(code)) for code in infinite)
    assert not any(is_infinite(cst.parse_expression(code)) for code in ("0", "float('1')", "x"))
