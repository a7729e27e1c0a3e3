import json
import re
from urllib.parse import parse_qs, urlsplit

from sweep.ledger.facts import SweepFacts
from sweep.tracking.mlflow import ui_views
from tests.tracking.sweeps import FACTS

PARAMS = ["strategy.tp_pct", "venues.A.x/y"]


def test_the_table_has_the_objective_first_the_figures_and_the_parameters():
    state = ui_views.state(SweepFacts.of(FACTS | {"objective": {"metric": "fees", "direction": "minimize"}}), PARAMS)
    assert state["orderByKey"] == "metrics.`execution/fees`"
    assert state["orderByAsc"]
    columns = state["selectedColumns"]
    assert columns[0] == "metrics.`execution/fees`"
    assert columns[-2:] == ["params.`strategy.tp_pct`", "params.`venues.A.x_y`"]
    assert len(set(columns)) == len(columns)
    assert columns[1:4] == ["metrics.`result/pnl_total`", "metrics.`result/return_total`", "metrics.`result/cagr`"]
    assert state["columnOrder"] == columns, "else MLflow's table has them by name"
    assert list(state["columnWidths"]) == columns
    assert state["columnWidths"]["metrics.`result/profit_factor`"] > 20 * 6.5, "a letter takes 6.5"


def test_the_first_charts_are_the_equity_by_date_and_all_trials():
    state = ui_views.state(SweepFacts.of(FACTS), PARAMS)
    equity, first, *_ = state["compareRunCharts"]
    assert (equity["type"], equity["metricKey"], equity["xAxisKey"]) == ("LINE", "equity/return", "time")
    assert (equity["lineSmoothness"], equity["useGlobalLineSmoothing"]) == (0, False), "else MLflow smooths it"
    assert (first["type"], first["showAllRuns"], first["selectedMetrics"]) == ("PARALLEL", True, ["result/pnl_total"])
    sections = [section["uuid"] for section in state["compareRunSections"]]
    assert sections[0] == first["metricSectionId"]
    assert state["compareRunSections"][0]["columns"] == 2, "names of axes overlap in MLflow's three columns"
    assert state["isAccordionReordered"], "else MLflow sorts the sections by name"


def test_the_link_opens_the_view_that_the_tag_keeps():
    ((name, value),) = ui_views.tag(SweepFacts.of(FACTS), PARAMS).items()
    assert json.loads(value) == ui_views.state(SweepFacts.of(FACTS), PARAMS)
    assert len(value) < 5000
    query = parse_qs(urlsplit(ui_views.link("7", FACTS["id"]).replace("#/", "")).query)
    assert name == f"mlflow.sharedViewState.{query['viewStateShareKey'][0]}"
    assert "compareRunsMode=CHART" in ui_views.link("7", FACTS["id"], charts=True)


def test_the_page_opens_at_the_sweep_without_an_assistant():
    page = ui_views.opening('/#/experiments/1/runs?x="</script>').decode()
    stored = dict(re.findall(r'setItem\("([^"]+)", "([^"]+)"\)', page))
    assert stored == {
        "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
        "mlflow.assistant.panelOpen_v1": "false",
        "mlflow.settings.telemetry.enabled_v1": "false",
    }
    assert page.count("</script>") == 1, "no address ends the script"
    assert "replaceState" not in ui_views.opening("").decode(), "without a sweep it is MLflow's own start"


def test_a_bounded_view_has_the_trials_that_keep_the_bounds():
    facts = SweepFacts.of(FACTS | {"metric_constraints": ["trades >= 30", "max_drawdown <= 0.1"]})
    text = ui_views.state(facts, PARAMS, bounded=True)["searchFilter"]
    assert text.endswith("AND metrics.`result/trades` >= 30 AND metrics.`risk/max_drawdown` <= 0.1")
    assert "metrics" not in ui_views.state(facts, PARAMS)["searchFilter"]
