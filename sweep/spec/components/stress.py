"""Section `stress` of a spec: the best trials again under perturbations, after the search."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from sweep.spec.sections import Duration, Section

type TestName = Literal[
    "noise", "spread", "dropped", "delayed", "latency", "fees", "skipped", "parameters", "start", "trades"
]
TESTS: tuple[TestName, ...] = get_args(TestName.__value__)

type Share = Annotated[float, Field(ge=0, lt=1)]
type Factors = Annotated[list[Annotated[float, Field(ge=1)]], Field(min_length=1)]


class StressRules(Section):
    """Perturbations of the best trials, and their sizes. The same sizes and seed give the same trials."""

    top: int = Field(default=5, ge=1, description="how many of the best trials are tested")
    trials: int = Field(default=20, ge=2, le=1000, description="seeds of each random perturbation")
    seed: int = Field(default=0, ge=0, description="the first of these seeds")
    tests: list[TestName] = Field(
        default_factory=lambda: list(TESTS), min_length=1, description="the tests that run, of all of them"
    )
    noise: float = Field(default=0.5, ge=0, description="noise of quotes: its standard deviation in spreads")
    spread: Factors = Field(default=[1.5, 2.0], description="wider spreads: factors")
    drop: Share = Field(default=0.05, description="share of events that are lost")
    delay: Duration = Field(default=10.0, description="longest delay of own events, such as scores")
    latency: Factors = Field(default=[1.5, 2.0], description="factors of the venues' latencies")
    fees: Factors = Field(default=[1.5, 2.0], description="factors of the venues' fees")
    skip: Share = Field(default=0.1, description="share of trades that are left out")
    jitter: Share = Field(default=0.05, description="change of each parameter, beside a step of its range: 0.05 is 5 %")
    start: int = Field(default=5, ge=0, description="trading days by which the start is shifted: 1, 2, … to this")
