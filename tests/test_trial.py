"""The message that comes back."""

import json

from sweep.errors import Reason
from sweep.trial import Result, State


def test_a_result_survives_json():
    result = Result(
        State.FAILED, {"pnl_total": 1.5, "win_rate": None, "trades": 3}, Reason.GUARD, "why", "where", ("w1", "w2"),
        ("2026-05-04",), (0.1,), {"a": {"b": None}}, {"run": 0.1}, 1.0, 2.0, "host:1",
    )  # fmt: skip
    assert Result.of(json.loads(json.dumps(result.plain()))) == result
    assert Result.of({"state": "COMPLETE"}) == Result(State.COMPLETE)


def test_the_reasons_are_documented(request):
    text = (request.config.rootpath / "docs" / "reasons.md").read_text()
    assert [r.value for r in Reason if f"| `{r.value}` |" not in text] == []
