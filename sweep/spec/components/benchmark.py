"""Section `benchmark` of a spec: a series of prices that the trials' daily returns are compared with."""

from typing import Any

from pydantic import Field, model_validator

from sweep.common.json_values import is_mapping
from sweep.spec.sections import Section


def benchmark(written: Any) -> Any:
    """An instrument alone, or the name of a CSV file alone, as a section."""
    if not isinstance(written, str) or not written:
        return written
    return {"csv" if written.lower().endswith(".csv") else "instrument": written}


class BenchmarkRules(Section):
    """An instrument of `data`, or a CSV file of prices with the columns `date` and `close`."""

    instrument: str | None = Field(default=None, min_length=1, description="an instrument of `data`: its daily closes")
    csv: str | None = Field(
        default=None, min_length=1, description="a CSV file with the columns date (2026-05-04) and close"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_of_two(cls, written: Any) -> Any:
        """ValueError unless one of the two is there."""
        if not is_mapping(written):
            raise ValueError("must be an instrument of data, or a CSV file: SPY.ARCA, spy.csv, {csv: spy.csv}")
        if set(written) <= {"instrument", "csv"} and sum(value is not None for value in written.values()) != 1:
            raise ValueError("must have one of the keys instrument and csv")
        return written
