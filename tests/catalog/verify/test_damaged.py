"""Every class of fault that data can have is found, and no error reaches a trial."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from nautilus_trader.model import (
    AssetClass,
    Currency,
    Equity,
    FuturesContract,
    InstrumentId,
    Price,
    Quantity,
)

from sweep.catalog.ingest import InstrumentDraft
from sweep.catalog.verify import row_checks as rows_module
from sweep.catalog.verify.verifier import FAULTS, verify, verify_for
from sweep.errors import InputError
from sweep.runner.plan import plan
from tests.support import markets, sweeps
from tests.support.commands import invoke
from tests.support.markets import HOUR, MINUTE, SECOND, ns, symbol

T0 = ns("2026-05-04T14:00:00")
BARS = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
type Table = Any
type Change = Callable[[Table], Table]


def spy(digits: int = 2, tick: str = "0.01", margin: str | None = "1") -> Equity:
    rate = None if margin is None else Decimal(margin)
    return Equity(
        InstrumentId.from_str("SPY.ARCA"), symbol("SPY.ARCA"), Currency.from_str("USD"), digits,
        Price.from_str(tick), 0, 0, margin_init=rate, margin_maint=rate,
    )  # fmt: skip


def rows(count: int = 60, start: int = T0) -> list[tuple[int, float, float]]:
    """Quotes of SPY, one a second, that use every cent."""
    return [(start + i * SECOND, 100 + i / 100, 100.02 + i / 100) for i in range(count)]


def write(place: Path, stock: Any = None, quotes: Any = None, **more: Any) -> Path:
    stock = stock or spy()
    return Path(markets.write(place, [stock], quotes=markets.quotes(stock, quotes or rows()), **more))


def with_bars(place: Path, at: list[int], shape: tuple[float, ...] = (100, 101, 99, 100.5)) -> Path:
    # the engine's own bars are always well shaped: what is wrong is written into the file afterwards
    sound = [(t, 100.01, 101, 99, 100.5) for t in at]
    catalog = write(place, quotes=rows(), bars=markets.bars(BARS, sound))
    names = ("open", "high", "low", "close")
    rewrite(catalog, lambda t: put(t, **{n: [x] * len(t) for n, x in zip(names, shape, strict=True)}), "bars")
    return catalog


def files(catalog: Path, folder: str = "quotes") -> list[Path]:
    return sorted((catalog / "data" / folder).rglob("*.parquet"))


def rewrite(catalog: Path, change: Change, folder: str = "quotes") -> Path:
    """Change the rows of the first file of a kind as no writer would."""
    file = files(catalog, folder)[0]
    table = pq.read_table(file)
    changed = change(table)
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), file)
    return catalog


def put(table: Table, at: int | None = None, **values: Any) -> Table:
    """The table with other values in columns, or in one row of them."""
    for name, value in values.items():
        column = table.schema.get_field_index(name)
        kind = table.schema.field(name).type
        was = (
            table.column(name).cast(pa.int64()).to_pylist()
            if pa.types.is_timestamp(kind)
            else table.column(name).to_pylist()
        )
        new = [value if n == at else old for n, old in enumerate(was)] if at is not None else list(value)
        exact = [Decimal(str(x)) if pa.types.is_decimal(kind) and x is not None else x for x in new]
        array = pa.array(exact, pa.int64()).cast(kind) if pa.types.is_timestamp(kind) else pa.array(exact, kind)
        table = table.set_column(column, pa.field(name, kind), array)
    return table


def moved(catalog: Path, times: Any) -> Path:
    """The quotes at other times."""
    return rewrite(catalog, lambda t: put(t, ts_event=times, ts_init=times))


def named(file: Path, first: str, last: str) -> None:
    """The file under the name of another range."""
    file.rename(file.with_name(f"{first}T00-00-00-000000000Z_{last}T23-59-59-000000000Z.parquet"))


def mixed_precision(place: Path) -> Path:
    catalog = write(place)
    fine = spy(3, "0.001")
    write(place, fine, [(t, b, a) for t, b, a in rows(start=T0 + HOUR)])
    return catalog


def overlapping(place: Path) -> Path:
    catalog = write(place)
    other = files(write(place.with_name("other"), quotes=rows(start=T0 + 30 * SECOND)))[0]
    other.rename(files(catalog)[0].with_name(other.name))
    return catalog


def unsorted(place: Path) -> Path:
    times = [T0 + i * SECOND for i in range(60)]
    times[10], times[40] = times[40], times[10]
    return moved(write(place), times)


def local_time(place: Path) -> Path:
    """The hour that the clocks go back is there twice, as in local times that were taken for UTC."""
    begin = ns("2026-11-01T00:30:00")
    catalog = write(place, quotes=[(begin + i * MINUTE, b, a) for i, (_, b, a) in enumerate(rows())])
    return moved(catalog, [begin + i * MINUTE - (HOUR if i >= 45 else 0) for i in range(60)])


def legacy(place: Path) -> Path:
    old = place / "data" / "quote_tick" / "SPY.ARCA"
    old.mkdir(parents=True)
    pq.write_table(pa.table({"bid_price": [1]}), old / "0.parquet")
    return place


def truncated(place: Path) -> Path:
    catalog = write(place)
    file = files(catalog)[0]
    file.write_bytes(file.read_bytes()[:-200])
    return catalog


def damaged_page(place: Path) -> Path:
    """The footer is whole, the rows are not."""
    catalog = write(place)
    file = files(catalog)[0]
    raw = bytearray(file.read_bytes())
    raw[4:400] = b"\xff" * 396
    file.write_bytes(raw)
    return catalog


def damaged_definition(place: Path) -> Path:
    catalog = write(place)
    file = files(catalog, "equity")[0]
    raw = bytearray(file.read_bytes())
    raw[4:400] = b"\xff" * 396
    file.write_bytes(raw)
    return catalog


def undefined(place: Path) -> Path:
    catalog = write(place)
    for file in files(catalog, "equity"):
        file.unlink()
    return catalog


def shared_folder(place: Path) -> Path:
    a, b = markets.pair("GBP/USD.SIM"), markets.pair("GBPUSD.SIM".replace("GBPUSD", "GBP/USD"))
    other = markets.equity("GBPUSD.SIM")
    quotes = markets.quotes(a, [(T0 + i * SECOND, 1.25 + i / 1e5, 1.2502 + i / 1e5) for i in range(30)])
    catalog = Path(markets.write(place, [a, b, other], quotes=quotes))
    markets.write(place, [], quotes=markets.quotes(other, rows(30, T0 + HOUR)))
    return catalog


def future(place: Path, *, digits: float = 0.0, multiplier: int = 50, expires: str = "2030-01-01") -> Path:
    rate = Decimal("0.05")
    es = FuturesContract(
        InstrumentId.from_str("SPY.ARCA"), symbol("SPY.ARCA"), AssetClass.INDEX, "ES", 0, ns(expires),
        Currency.from_str("USD"), 2, Price.from_str("0.25"), Quantity.from_int(multiplier), Quantity.from_int(1),
        0, 0, margin_init=rate, margin_maint=rate,
    )  # fmt: skip
    return write(place, es, [(T0 + i * SECOND, 5000 + i / 4 + digits, 5000.5 + i / 4) for i in range(60)])


def redefined(place: Path) -> Path:
    """Quotes with three decimals, and a later definition that has two."""
    catalog = write(place, spy(3, "0.001"))
    for file in files(catalog, "equity"):
        file.unlink()
    markets.write(place, [spy()])
    return catalog


QUOTES = {"type": "QuoteTick", "instruments": ["SPY.ARCA"]}


@dataclass(frozen=True)
class Case:
    """A damaged catalog, the code of what is wrong with it, and the data of a spec that reads it."""

    code: str
    make: Callable[[Path], Path]
    data: Any = None
    start: str = "2026-05-04"


def bars(
    code: str, at: list[int], shape: tuple[float, ...] = (100.01, 101, 99, 100.5), start: str = "2026-05-04"
) -> Case:
    return Case(code, lambda p: with_bars(p, at, shape), {"type": "Bar", "bar_types": [BARS]}, start)


def row(code: str, at: int = 7, **values: Any) -> Case:
    return Case(code, lambda p: rewrite(write(p), lambda t: put(t, at, **values)))


DAILY_BARS = "SPY.ARCA-1-DAY-LAST-EXTERNAL"
DAILY = {"type": "Bar", "bar_types": [DAILY_BARS]}


def daily(place: Path, days: list[int], volume: int | None = None, prices: Any = None) -> Path:
    """Bars of days after Monday, 4 May 2026, known at the midnight that ends them."""
    closes = prices or [100.01 + n / 100 for n in range(len(days))]
    at = [ns("2026-05-05T00:00:00") + day * 24 * HOUR for day in days]
    catalog = write(
        place, quotes=rows(), bars=markets.bars(DAILY_BARS, [(t, c, c, c, c) for t, c in zip(at, closes, strict=True)])
    )
    return catalog if volume is None else rewrite(catalog, lambda t: put(t, volume=[volume] * len(t)), "bars")


GAP = [(t + (3 * HOUR if n >= 30 else 0), b, a) for n, (t, b, a) in enumerate(rows())]
FINE = [(t, round(b, 2), round(a, 2)) for t, b, a in rows()]
AUTUMN = ns("2026-11-01T01:00:00")
CASES = {
    "a price between two ticks": Case("off-tick", lambda p: future(p, digits=0.1)),
    "a third decimal in a file of two": row("off-tick", bid_price="100.005"),
    "ticks ten times too fine": Case("tick-size", lambda p: write(p, spy(3, "0.001"), FINE)),
    "ticks a hundred times too fine": Case("tick-size", lambda p: write(p, spy(4, "0.0001"), FINE)),
    "ticks ten times too coarse": Case("off-tick", lambda p: write(p, spy(2, "0.10"))),
    "data with more decimals than the instrument": Case("precision", redefined),
    "files of different precision": Case("mixed-precision", mixed_precision),
    "a price of zero": row("price", bid_price=0),
    "a negative price": row("price", bid_price="-1.00"),
    "a crossed quote": row("crossed", bid_price="101.00"),
    "a missing price": row("missing", ask_price=None),
    "a bar with its high below its close": bars("bar-shape", [T0, T0 + MINUTE], (100.01, 100.02, 99, 100.5)),
    "a bar with its low above its open": bars("bar-shape", [T0, T0 + MINUTE], (100.01, 101, 100.5, 100.5)),
    "two bars of one time": bars("bar-twice", [T0, T0 + MINUTE, T0 + MINUTE, T0 + 2 * MINUTE]),
    "bars of an hour that local clocks have twice": bars(
        "dst-twice", [AUTUMN + i * MINUTE for i in range(60) for _ in range(2)], start="2026-11-01"
    ),
    "quotes of an hour that local clocks have twice": Case("dst-twice", local_time, start="2026-11-01"),
    "rows out of order": Case("order", unsorted),
    "files that overlap": Case("overlap", overlapping),
    "rows that the name of the file does not cover": Case(
        "file-name", lambda p: moved(write(p), [T0 + i * MINUTE for i in range(60)])
    ),
    "milliseconds taken for nanoseconds": Case(
        "time-unit", lambda p: write(p, quotes=[(t // 10**6, b, a) for t, b, a in rows()]), start="1970-01-01"
    ),
    "rows that are known before they happened": row("clairvoyant", ts_event=T0 + HOUR),
    "a file that is cut off": Case("damaged-file", truncated),
    "a file whose rows are overwritten": Case("damaged-file", damaged_page),
    "a definition that is overwritten": Case("damaged-file", damaged_definition),
    "data without a definition": Case("no-definition", undefined),
    "two instruments in one folder": Case(
        "mixed-folder", shared_folder, {"type": "QuoteTick", "instruments": ["GBP/USD.SIM"]}
    ),
    "a catalog of Nautilus 1.x": Case("no-catalog", legacy),
    "an empty directory": Case("no-catalog", lambda p: (p.mkdir(), p)[1]),
    "a locked quote": row("locked", bid_price="100.09"),
    "a quote of nothing": row("size", bid_size=0),
    "a size between two steps": row("off-step", bid_size="0.5"),
    "the source's clock jumps back": row("clock-jump", ts_event=T0 - HOUR),
    "a hole while the market is open": Case("gap", lambda p: write(p, quotes=GAP)),
    "a week without a stock's bars": Case("gap", lambda p: daily(p, [0, 1, 2, 3, 7 + 4, 7 + 7]), DAILY),
    "bars without volume": Case("no-volume", lambda p: daily(p, [0, 1, 2], volume=0), DAILY),
    "a bar without volume": Case(
        "zero-volume", lambda p: rewrite(daily(p, [0, 1, 2]), lambda t: put(t, 1, volume=0), "bars"), DAILY
    ),
    "a split of a stock": Case("split", lambda p: daily(p, [0, 1, 2], prices=[100, 100.5, 25.2]), DAILY),
    "a split the other way": Case("split", lambda p: daily(p, [0, 1, 2], prices=[10, 10.1, 101.3]), DAILY),
    "a split of three for two": Case("split", lambda p: daily(p, [0, 1, 2], prices=[150, 151, 100.7]), DAILY),
    "a quote twice": Case("repeated", lambda p: write(p, quotes=[*rows()[:30], rows()[29], *rows()[30:]])),
    "a future with a multiplier of one": Case("multiplier", lambda p: future(p, multiplier=1)),
    "data after the future's expiry": Case("expired", lambda p: future(p, expires="2026-05-01")),
    "no margin": Case("margin", lambda p: write(p, spy(margin=None))),
    "an instrument without data": Case(
        "no-data", lambda p: Path(markets.write(p, [spy(), markets.pair()], quotes=markets.quotes(spy(), rows())))
    ),
}
NOT_OF_A_SPEC = {"margin", "no-data"}  # a trial says the first, which knows its venue; the second is nothing to a spec


def spec_of(catalog: Path, case: Case) -> dict[str, Any]:
    end = str(np.datetime64(case.start) + np.timedelta64(2, "D"))
    named = "SIM" if case.code == "mixed-folder" else "ARCA"
    document = sweeps.spec(
        str(catalog), {"strategy.seed": [1]}, data=[case.data or QUOTES], period={"start": case.start, "end": end}
    )
    document["venues"][0]["name"] = named
    return document


@pytest.mark.parametrize("name", CASES)
def test_found(name, tmp_path):
    faults = {f.code: f for f in verify(CASES[name].make(tmp_path / "catalog"))}
    assert CASES[name].code in faults
    fault = faults[CASES[name].code]
    assert str(fault).endswith(FAULTS[fault.code].remedy)
    others = {code for code in faults if FAULTS[code].is_error} - {fault.code}
    assert not others - {"off-tick", "precision", "order", "crossed", "file-name", "no-catalog"}


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if FAULTS[case.code].is_error])
def test_an_error_stops_a_sweep(name, tmp_path):
    case = CASES[name]
    text = yaml.safe_dump(spec_of(case.make(tmp_path / "catalog"), case), sort_keys=False)
    for _ in range(2):  # the second time from what was remembered
        with pytest.raises(InputError) as caught:
            plan(text)
    where = [p.where for p in caught.value.problems]
    assert all(w.startswith(("data.0", "catalog", str(tmp_path))) for w in where)


@pytest.mark.parametrize(
    "name", [n for n, case in CASES.items() if not FAULTS[case.code].is_error and case.code not in NOT_OF_A_SPEC]
)
def test_a_warning_is_said_and_the_sweep_runs(name, tmp_path):
    case = CASES[name]
    planned = plan(yaml.safe_dump(spec_of(case.make(tmp_path / "catalog"), case), sort_keys=False))
    assert [w for w in planned.warnings if f" {case.code}: " in w]


def test_an_error_that_is_accepted_is_a_warning(tmp_path):
    case = CASES["a crossed quote"]
    spec = spec_of(case.make(tmp_path / "catalog"), case)
    assert plan(yaml.safe_dump(spec | {"verify": {"accept": ["crossed"]}})).warnings
    with pytest.raises(InputError) as caught:
        plan(yaml.safe_dump(spec | {"verify": {"accept": ["crosed", "gap"]}}))
    assert [p.where for p in caught.value.problems] == ["verify.accept.0", "verify.accept.1"]
    assert "'crossed'" in caught.value.problems[0].remedy


def test_accepting_changes_no_id(tmp_path):
    spec = spec_of(write(tmp_path / "catalog"), Case("price", write))
    assert plan(yaml.safe_dump(spec)).id == plan(yaml.safe_dump(spec | {"verify": {"accept": ["crossed"]}})).id
    assert "verify" not in plan(yaml.safe_dump(spec)).yaml()


def test_sound_data_is_not_spoken_of(tmp_path):
    assert verify(write(tmp_path / "catalog")) == []


def test_a_repaired_file_is_looked_at_again(tmp_path):
    catalog = rewrite(write(tmp_path / "catalog"), lambda t: put(t, 7, bid_price="101.00"))
    backtest = spec_of(catalog, Case("crossed", write))
    assert [f.code for f in verify_for(backtest)] == ["crossed"]
    rewrite(catalog, lambda t: put(t, 7, bid_price="100.07"))
    assert verify_for(backtest) == []


def test_an_example_says_where(tmp_path):
    (fault,) = verify(rewrite(write(tmp_path / "catalog"), lambda t: put(t, 7, bid_price="101.00")))
    assert (fault.code, fault.where, fault.count) == ("crossed", "QuoteTick SPY.ARCA", 1)
    assert fault.example == "bid 101, ask 100.09 at 2026-05-04T14:00:07Z"


def test_every_fault_is_in_the_table():
    assert {case.code for case in CASES.values()} == set(FAULTS)


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if case.code not in {"no-catalog", "damaged-file"}])
def test_where_batches_are_cut_changes_nothing(name, tmp_path, monkeypatch):
    catalog = CASES[name].make(tmp_path / "catalog")
    whole = verify(catalog)
    monkeypatch.setattr(rows_module, "BATCH", 7)
    assert [(f.code, f.count, f.where) for f in verify(catalog)] == [(f.code, f.count, f.where) for f in whole]


def test_the_document_has_the_table():
    text = (Path(__file__).parents[3] / "docs" / "data.md").read_text()
    for code, fault in FAULTS.items():
        severity = "error" if fault.is_error else "warning"
        assert f"| `{code}` | {severity} | {fault.sentence} | {fault.remedy} |" in text


def test_the_command(tmp_path):
    sound, wrong = (
        write(tmp_path / "sound"),
        rewrite(write(tmp_path / "wrong"), lambda t: put(t, 7, bid_price="101.00")),
    )
    assert "nothing is wrong with it" in invoke("catalog", "verify", sound).stdout
    assert "crossed: the bid is above the ask" in invoke("catalog", "verify", wrong, code=1).stdout
    (finding,) = json.loads(invoke("catalog", "verify", wrong, "--json", code=1).stdout)["findings"]
    assert (finding["code"], finding["severity"], finding["count"]) == ("crossed", "error", 1)
    assert json.loads(invoke("catalog", "verify", tmp_path / "nowhere", "--json", code=1).stdout)["errors"] == 1


@pytest.mark.parametrize(
    ("days", "prices"),
    [
        ([0, 1, 2, 3, 4, 7, 8], None),  # over a weekend
        ([0, 1, 2, 3, 8, 9], None),  # two holidays beside it
        ([0, 1, 2], [100, 135, 80]),  # far, but by no such ratio
        ([0, 1, 2], [0.05, 0.1, 0.05]),  # a tick or two
    ],
)
def test_what_markets_do_is_no_gap_and_no_split(tmp_path, days, prices):
    assert not {"gap", "split"} & {f.code for f in verify(daily(tmp_path / "c", days, prices=prices))}


@pytest.mark.parametrize(
    ("missing", "is_fault"), [([], False), ([10, 11], False), ([9, 10, 11], True), ([22, 23, 24, 25], True)]
)
def test_a_few_bars_of_a_market_that_never_closes(tmp_path, missing, is_fault):
    at = [ns("2024-01-01") + n * HOUR for n in range(1, 48) if n not in missing]
    gaps = [f for f in verify(coins_by_the_hour(tmp_path / "c", at)) if f.code == "gap"]
    assert bool(gaps) is is_fault


def test_missing_days_are_named(tmp_path):
    day = 24 * HOUR
    at = [ns("2024-01-01") + d * day + n * HOUR for d in (0, 1, 3, 4, 7) for n in range(1, 25)]
    (gap,) = [f for f in verify(coins_by_the_hour(tmp_path / "c", at)) if f.code == "gap"]
    assert gap.count == 2
    assert gap.example == "24.0 h before 2024-01-04T00:00:00Z; whole days: 2024-01-03, 2024-01-06, 2024-01-07"


def coins_by_the_hour(place: Path, at: list[int]) -> Path:
    coin = InstrumentDraft(id="BTC/USDT.SIM", precision=2).make()
    kind = "BTC/USDT.SIM-1-HOUR-LAST-EXTERNAL"
    return Path(markets.write(place, [coin], bars=markets.bars(kind, [(t, 1.01, 1.01, 1.01, 1.01) for t in at])))


@pytest.mark.parametrize(
    ("bid", "kind", "is_fault"),
    [("0.00", "option", False), ("-0.01", "option", True), ("0.00", "stock", True), ("-5.00", "spread", False)],
)
def test_a_price_of_zero_is_judged_by_the_kind_of_instrument(bid, kind, is_fault):
    from sweep.catalog.row_rules import faults

    classes = {"option": "OptionContract", "stock": "Equity", "spread": "FuturesSpread"}
    columns = {n: np.array([float(v)]) for n, v in (("bid_price", bid), ("ask_price", "0.01"))}
    columns |= {n: np.array([1.0]) for n in ("bid_size", "ask_size")}
    assert bool(faults("QuoteTick", columns, classes[kind])["price"][0]) is is_fault
