"""The config of each strategy of a backtest as a Python module."""

from collections.abc import Mapping
from textwrap import indent
from typing import Any

from sweep.backtest.script.components import component_source
from sweep.backtest.script.literals import Literals, NoSourceError
from sweep.backtest.user_code.coercion.instruments import instruments_of
from sweep.errors import SweepError
from sweep.spec.components.places import strategies


def settings_code(backtest: Mapping[str, Any], origin: Mapping[str, Any]) -> str:
    """Source that builds each strategy with its config. SweepError where a value has no source."""
    imports = set[str]()

    def imported(kind: type) -> str:
        imports.add(f"from {kind.__module__} import {kind.__qualname__.partition('.')[0]}")
        return kind.__qualname__

    literals = Literals(imported)
    try:
        with instruments_of(backtest):
            sources = [component_source(place, literals) for place in strategies(backtest)]
    except NoSourceError as error:
        raise SweepError(f"the settings cannot be written as Python: {error}") from error
    body = indent("".join(f"{each},\n" for each in sources), " " * 8)
    uses = {
        "dt.": "import datetime as dt", "Decimal(": "from decimal import Decimal", "Path(": "from pathlib import Path",
        "nt_model.": "from nautilus_trader import model as nt_model",
    }  # fmt: skip
    imports |= {line for name, line in uses.items() if name in body}
    about = "\n".join(f"{name}: {value}" for name, value in origin.items())
    return TEMPLATE.format(about=about, imports="\n".join(sorted(imports)), body=body)


TEMPLATE = '''"""Settings of a trial.

{about}
"""

{imports}


def strategies():
    """Each strategy with its config, new at each call."""
    return [
{body}    ]
'''
