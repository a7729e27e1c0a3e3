"""Closes of the benchmark of a spec, from its data or a CSV file; and a ledger brought to them."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from sweep.backtest import trading_days
from sweep.backtest.setup.daily_closes import closes_by_day, price_sources
from sweep.common.files.text_file import require_regular
from sweep.errors import InputError, Problem, TrialError, did_you_mean
from sweep.ledger.ledger import Ledger
from sweep.results.curves.benchmark import FEWEST, Benchmark, with_comparison, without_comparison
from sweep.spec.components.benchmark import BenchmarkRules
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.reader import ParsedSpec
from sweep.trial import State

WHERE, FILE = "benchmark", "benchmark.csv"
COLUMNS = ("date", "close")
MOST = 5  # mistakes of a file that are said
REMEDY = "a line for each day, such as 2026-05-04,712.35, below the line date,close"


def mistakes(draft: ParsedSpec) -> list[Problem]:
    """Mistakes of a benchmark that its form does not show: in its file, or in the name of its instrument."""
    section, problems = draft.section(WHERE), list[Problem]()
    if name := section.get("instrument"):
        priced = price_sources(draft.backtest.get("data", ()))
        if "data" in draft.backtest and name not in priced:
            rule = "has no quotes, trades, bars or mark prices in data"
            problems.append(Problem(f"{WHERE}.instrument", rule, name, did_you_mean(name, priced) or "add them"))
    elif path := section.get("csv"):
        _of_file(Path(path), problems)
    return problems


def closes(rules: BenchmarkRules | None, backtests: Iterable[Mapping[str, Any]]) -> Benchmark | None:
    """The benchmark of a spec without mistakes, for trials among these backtests. InputError where data is broken."""
    if rules is None:
        return None
    problems, name = list[Problem](), str(rules.instrument)
    if rules.csv:
        benchmark = _of_file(Path(rules.csv), problems)
    else:
        benchmark = Benchmark(name, _of_data(name, backtests, problems))
    if problems:
        raise InputError(problems)
    return benchmark


def warning(benchmark: Benchmark | None, period: Mapping[str, Any]) -> list[str]:
    """A sentence where the period has too few closes."""
    if benchmark is None:
        return []
    first, last = (str(period[bound])[:10] for bound in ("start", "end"))
    days = sum(first <= day <= last for day in benchmark.closes)
    sentence = f"the benchmark {benchmark.source} has {days} closes in the period: {', '.join(BENCHMARK)} are undefined"
    return [sentence] if days <= FEWEST else []


def _of_data(name: str, backtests: Iterable[Mapping[str, Any]], problems: list[Problem]) -> dict[str, float]:
    prices: dict[str, float] = {}
    try:
        for backtest in backtests:
            listed = closes_by_day(Path(backtest["catalog"]), backtest["data"], name, trading_days(backtest))
            prices |= {day: close for day, close in listed.items() if close > 0}
    except TrialError as error:
        problems.append(Problem(WHERE, error.message, name))
    return prices


def _of_file(path: Path, problems: list[Problem]) -> Benchmark | None:
    """Closes of a CSV file; columns beside date and close do not matter."""
    try:
        require_regular(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except FileNotFoundError:
        rule = "there is no such file, seen from where the command runs"
        problems.append(Problem(FILE, rule, str(path), "give its path; `sweep submit` takes it along with --include"))
        return None
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        problems.append(Problem(FILE, f"cannot be read: {error}", str(path), "a CSV file of text in UTF-8"))
        return None
    prices: dict[str, float] = {}
    wrong = list(_rows(path, lines, prices))
    more = [Problem(FILE, f"has {len(wrong) - MOST:,} more lines with mistakes", str(path))] if wrong[MOST:] else []
    problems += wrong[:MOST] + more
    return None if wrong else Benchmark(path.name, dict(sorted(prices.items())))


def _rows(path: Path, lines: Sequence[Sequence[str]], prices: dict[str, float]) -> Iterator[Problem]:
    """Put the closes of a file into `prices`, and yield its mistakes."""
    header = [name.strip().lower() for name in lines[0]] if lines else []
    if missing := [name for name in COLUMNS if header.count(name) != 1]:
        yield Problem(FILE, f"needs one column {' and one column '.join(missing)}", str(path), REMEDY)
        return
    places = [header.index(name) for name in COLUMNS]
    rows = [(n, line) for n, line in enumerate(lines[1:], 2) if any(cell.strip() for cell in line)]
    for number, line in rows:
        day, price = (line[n].strip() if n < len(line) else "" for n in places)
        rule = "has more cells than the first line" if line[len(header) :] else _take(day, price, prices)
        if rule:
            yield Problem(FILE, f"line {number}: {rule}", ",".join(line), REMEDY)
    if not rows:
        yield Problem(FILE, "has no line with a date and a close", str(path), REMEDY)


def _take(day: str, price: str, prices: dict[str, float]) -> str:
    """Take a close; the rule that it breaks instead, "" for none."""
    try:
        name = date.fromisoformat(day).isoformat()
    except ValueError:
        return "the date must be YYYY-MM-DD"
    try:
        value = float(price)
    except ValueError:
        return "the close must be a number"
    if not isfinite(value) or value <= 0:
        return "the close must be above 0"
    if name in prices:
        return "the date is there twice"
    prices[name] = value
    return ""


def follow(benchmark: Benchmark | None, ledger: Ledger) -> str:
    """Bring a ledger to a benchmark: no trial runs again. A sentence on what that changes, "" for nothing."""
    facts = ledger.facts
    if Benchmark.of(facts.benchmark) == benchmark:
        return ""
    ended = [row for row in ledger.rows() if row.state in {State.COMPLETE, State.PRUNED}]
    plain = ((row.number, without_comparison(facts, ledger.result(row))) for row in ended)
    amended = ((number, with_comparison(benchmark, result).metrics) for number, result in plain)
    ledger.amend(amended)
    ledger.note(benchmark=benchmark and benchmark.plain())
    name = benchmark.source if benchmark else "no benchmark"
    return f"compared with {name}: {len(ended):,} trials, none of which runs again" if ended else ""
