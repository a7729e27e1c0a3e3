"""Code of a notebook as a module: what is taken along, and what is refused with its reason."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sweep

ROOT = Path(__file__).parents[2]
IMPORTS = """
from dataclasses import dataclass
from decimal import Decimal
import sweep
from nautilus_trader.model import InstrumentId
from nautilus_trader.trading import Strategy
"""
CONFIG = """
@dataclass(frozen=True)
class Settings:
    instrument_id: InstrumentId
    size: Decimal = Decimal("1.5")
"""
STRATEGY = """
class Mine(Strategy):
    def __init__(self, config: Settings) -> None:
        super().__init__(None)
        self.settings = config
"""
SPEC = """
def spec_of(strategy, config=None, **more):
    return sweep.Spec(strategy=strategy, config=config, catalog="data", period=(1, 2), data=[], venues=[], **more)
def text_of(document):
    import sys
    return open(sys.modules[document["strategy"]["path"].partition(":")[0]].__file__).read()
spec = None
"""
ANSWER = """
document = spec_of(Mine, Settings(InstrumentId.from_str("SPY.ARCA"))).to_dict()
answer = [document["strategy"], text_of(document)]
"""
REFUSED = """
try:
    {call}
except sweep.InputError as error:
    answer = str(error)
"""
BASE = [IMPORTS, CONFIG, SPEC]
USES = "class Mine(Strategy):\n    def on_start(self):\n        self.value = {expression}\n"


KINDS = """
from enum import Enum
from functools import cache, cached_property
from typing import ClassVar, Literal
from pydantic import BaseModel, field_validator
from nautilus_trader.model.custom import customdataclass

class Colour(Enum):
    RED = "red"
    @property
    def label(self):
        return self.value

class Model(BaseModel):
    x: int = 1
    @field_validator("x")
    @classmethod
    def positive(cls, v):
        return v

@dataclass(slots=True, kw_only=False)
class Slots:
    a: int
    kinds: ClassVar[list] = []
    colour: Colour = Colour.RED
    @staticmethod
    def f(x): return lambda: x
    @cached_property
    def g(self): return super().__hash__()

@customdataclass
class Event:
    instrument_id: InstrumentId = None
    score: float = 0.0

@cache
def cached(n): return n
"""


TO_FILE = """
import pathlib, tempfile
place = pathlib.Path(tempfile.mkdtemp())
spec_of(Mine, Settings(InstrumentId.from_str("SPY.ARCA"))).to_yaml(place / "spec.yaml")
answer = str(place)
"""


def refusal(*cells: str, call: str = "spec_of(Mine).to_dict()") -> list[str]:
    return [*BASE, *cells, REFUSED.format(call=call)]


SESSIONS: dict[str, list[str]] = {
    "whole": [*BASE, STRATEGY, ANSWER],
    "again": [*BASE, "x = 1", STRATEGY, "y = 2", ANSWER],
    "file": [*BASE, STRATEGY, TO_FILE],
    "edited": [*BASE, STRATEGY, STRATEGY.replace("settings = config", "settings, self.n = config, 1"), ANSWER],
    "failed cell": [*BASE, STRATEGY, f"{STRATEGY}\nraise ValueError  # fails", ANSWER],
    "magic": [*BASE, "%time 1\n!true", STRATEGY, ANSWER],
    "values": [
        *BASE, "import math as m\nLEVELS = {'a': [1, Decimal('0.1')]}\nunused = object()",
        "def twice(x):\n    return 2 * m.floor(x) + helper(x)", "def helper(x):\n    return twice(x) if x < 0 else 0",
        STRATEGY + "    def level(self):\n        unused = 1\n        return twice(LEVELS['a'][0]) + unused\n",
        "LEVELS = {'a': [2, Decimal('0.1')]}", ANSWER,
    ],
    "kinds": [
        *BASE, KINDS,
        STRATEGY + "    def on_start(self):\n        self.all = [Colour.RED, Model(), Slots(1), Event, cached(2)]\n",
        ANSWER,
    ],
    "texts": [
        *BASE, "close = object()\nother = 7\nOther = Settings",
        STRATEGY + "    def on_start(self) -> 'list[Other] | None':\n        self.x = {'close': 1}['close']\n", ANSWER,
    ],
    "another object": refusal(
        "import json as tool\nimport csv", "csv.__name__ and globals().update(tool=csv)", USES.format(expression="tool")
    ),
    "frame": refusal("import pandas as pd\ntable = pd.DataFrame()", USES.format(expression="len(table)")),
    "deep": refusal("table = object()\ndef look():\n    return table", USES.format(expression="look()")),
    "closure": refusal("def make():\n    class Mine(Strategy): pass\n    return Mine\nMine = make()"),
    "lambda": refusal(STRATEGY, call="spec_of(Mine, metrics={'x': lambda trial: 1.0}).to_dict()"),
    "changed": refusal(STRATEGY, "Mine.on_start = lambda self: None"),
    "changed function": refusal(
        "def add(a, b):\n    return a + b", STRATEGY + "    def on_start(self):\n        self.n = add(1, 2)\n",
        "def subtract(a, b):\n    return a - b\nadd.__code__ = subtract.__code__",
    ),
    "another": refusal("from json import dumps\nimport json", "dumps = len", USES.format(expression="dumps")),
    "exec": refusal("exec('class Mine(Strategy): pass')"),
    "value": refusal(STRATEGY, call="spec_of(Mine, limits={'trial_timeout': object()}).to_dict()"),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    program = [sys.executable, str(Path(__file__).with_name("run_cells.py"))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": "/nonexistent"}
    process = subprocess.run(
        program, input=json.dumps(SESSIONS), capture_output=True, text=True, check=False, env=environment
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


def test_a_class_with_its_config_and_imports(answers: dict[str, Any]):
    section, text = answers["whole"]
    module = section["path"].partition(":")[0]
    assert module.startswith("notebook_")
    assert section["path"] == f"{module}:Mine"
    assert section["config_path"] == f"{module}:Settings"
    assert section["config"] == {"instrument_id": "SPY.ARCA", "size": "1.5"}
    assert "@dataclass(frozen=True)\nclass Settings:" in text
    assert "import sweep" not in text


def test_a_file_has_its_code_beside_it(answers: dict[str, Any]):
    """Read in another process, as the command line does."""
    section, _ = answers["whole"]
    file = Path(answers["file"]) / "spec.yaml"
    with pytest.raises(sweep.InputError) as raised:
        sweep.load(file)
    places = {problem.where.partition(".")[0] for problem in raised.value.problems}
    assert "strategy" not in places  # it was imported; the rest of this spec is empty
    assert section["path"] in file.read_text()


def test_the_module_is_named_by_its_content_alone(answers: dict[str, Any]):
    assert answers["again"] == answers["whole"]
    assert answers["magic"] == answers["whole"]
    assert answers["failed cell"] == answers["whole"]


def test_the_last_definition_counts(answers: dict[str, Any]):
    section, text = answers["edited"]
    assert section["path"] != answers["whole"][0]["path"]
    assert text.count("class Mine") == 1
    assert "self.n = config, 1" in text


def test_functions_and_values_are_taken_as_they_are_now(answers: dict[str, Any]):
    _, text = answers["values"]
    assert "LEVELS = {'a': [2, Decimal(\"0.1\")]}" in text
    assert "import math as m" in text
    assert "def twice" in text
    assert "def helper" in text
    assert "unused = object" not in text


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("frame", "Mine uses table: table is a pandas DataFrame, not code or a plain value"),
        ("deep", "Mine uses look: look uses table: table is a builtins object"),
        ("closure", "Mine is defined inside a function"),
        ("lambda", "metrics.x: cannot be captured: <lambda> is a lambda"),
        ("changed", "Mine is not what its source says (Mine.on_start was added or removed)"),
        ("changed function", "add is not what its source says (its code differs)"),
        ("another object", "`import json as tool` gives another object than the module that it is now"),
        ("exec", "the source of Mine is not at the top level of a cell"),
        ("value", "limits.trial_timeout: has no plain form: it is a object"),
    ],
)
def test_what_cannot_be_captured_is_refused(answers: dict[str, Any], case: str, reason: str):
    assert reason in answers[case]


def test_kinds_of_classes(answers: dict[str, Any]):
    _, text = answers["kinds"]
    for name in (
        "class Colour(Enum)",
        "class Model(Base",
        "class Slots",
        "@customdataclass\nclass Event",
        "@cache",
    ):
        assert name in text


def test_text_is_no_name_but_in_annotations(answers: dict[str, Any]):
    _, text = answers["texts"]
    assert "class Settings" in text
    assert "close =" not in text
    assert "Other" in text


def test_a_name_that_was_bound_anew_is_what_it_is_now(answers: dict[str, Any]):
    assert answers["another"] is None  # `len` is imported from builtins
