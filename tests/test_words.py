"""The verdict is the same wherever it stands: screen, JSON, report, notebook, MLflow."""

import json
from html import unescape

import pytest

from sweep.ledger.ledger import Ledger
from sweep.results.report import Report
from sweep.results.verdict_store import note
from sweep.tracking.mlflow import parent_run
from sweep.tracking.mlflow.trial_run import rounded
from tests.results.ledgers import written
from tests.support.commands import invoke

CASES = {
    "survives the search": {"days": 300, "edge": 0.45},
    "no evidence": {"days": 300, "edge": -0.1},
    "inconclusive": {"days": 5},
}


@pytest.fixture(scope="module", params=CASES)
def case(request, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Report]:
    folder = written(tmp_path_factory.mktemp("words") / "made-00000000", fast=4, slow=5, **CASES[request.param])
    with Ledger.open(folder.ledger, write=True) as ledger:
        note(ledger, Report(folder).judged())
    return request.param, Report(folder)


def test_one_word_one_sentence_the_same_criteria_everywhere(case):
    word, report = case
    verdict = report.verdict()
    assert verdict.word == word
    where = ("--runs-dir", report.folder.path.parent)
    screen = invoke("show", report.id, *where).stdout
    document = json.loads(invoke("show", report.id, *where, "--json").stdout)["verdict"]
    page = unescape(report.write_html().read_text("utf-8"))
    tags = parent_run.tags(report.facts, report.count(), report.best(), "1")
    assert document["verdict"] == tags["sweep.verdict"] == word
    assert f">{word.capitalize()}</h1>" in page
    head, _, rest = verdict.sentence.partition(": ")
    assert head.lower() == word
    for place in (screen, document["sentence"], unescape(report._repr_html_()), tags["mlflow.note.content"]):
        assert verdict.sentence in place
    assert rest[0].upper() + rest[1:] in page
    for c in verdict.criteria:
        outcome = {True: "passed", False: "failed", None: "no meaning"}[c.passed]
        assert f"- {c.name}: {outcome}: {c.sentence}" in tags["mlflow.note.content"]
        assert c.sentence in screen
        assert c.sentence[0].upper() + c.sentence[1:] in page
    assert [c["sentence"] for c in document["criteria"]] == [c.sentence for c in verdict.criteria]


def test_the_parents_metrics_are_the_figures_of_the_verdict(case):
    _, report = case
    figures = report.verdict().figures
    points = parent_run.last(report.facts, report.best(), 20, 1)
    logged = {name.removeprefix("verdict/"): v for (name, _), (v, _) in points.items() if name.startswith("verdict/")}
    assert logged == {name: rounded(figures[name]) for name in parent_run.JUDGED if figures.get(name) is not None}
