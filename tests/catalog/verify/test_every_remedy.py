"""Every remedy of `sweep catalog verify` is followed on a catalog that has the fault, and the fault is gone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import IngestStep, InstrumentDraft, Layout, bars, quotes
from sweep.catalog.instruments.writer import from_template, write
from sweep.catalog.verify.fault_codes import FAULTS
from sweep.catalog.verify.verifier import verify
from tests.catalog.verify import test_damaged as damaged
from tests.support import markets
from tests.support.markets import MINUTE, SECOND

SPY = InstrumentDraft(id="SPY.ARCA", template="equity")
PAIR = InstrumentDraft(id="GBP/USD.SIM")
QUOTES = [f"{t},{b:.2f},{a:.2f}" for t, b, a in damaged.rows()]
MINUTES = IngestStep()
type Follow = Callable[[Path, Path], Path]  # the catalog with the fault, and a place for a new one


@dataclass(frozen=True)
class Case:
    """The code, a catalog that has it, a word of its remedy, and the way that this is followed."""

    code: str
    make: Callable[[Path], Path]
    expected: str
    follow: Follow


def again(lines: list[str] = QUOTES, **options: Any) -> Follow:
    """Ingest the data, as its source has it, into a new catalog."""

    def follow(_: Path, new: Path) -> Path:
        file = new.with_suffix(".csv")
        file.write_text("time,bid,ask\n" + "\n".join(lines) + "\n")
        quotes(file, SPY, new, Layout(**{"time_format": "ns", **options}))
        return new

    return follow


def redefine(template: str, identifier: str, **values: str) -> Follow:
    """`sweep catalog instruments … --replace`."""

    def follow(old: Path, _: Path) -> Path:
        write(old, from_template(template, [identifier], values), replace=True)
        return old

    return follow


def ingested(
    lines: str, noun: str = "bars", pair: InstrumentDraft = SPY, step: IngestStep = MINUTES, **options: Any
) -> Callable[[Path], Path]:
    """A catalog of the text of a file."""

    def make(place: Path) -> Path:
        file = place.with_suffix(".csv")
        file.write_text(lines)
        if noun == "bars":
            bars(file, pair, place, Layout(**options), step=step)
        else:
            quotes(file, pair, place, Layout(**options))
        return place

    return make


def of_future(place: Path, **values: str) -> Path:
    (future,) = from_template("cme_future", ["ESM6.ARCA"], values)
    return damaged.write(place, future, [(damaged.T0 + i * SECOND, 5000.0, 5000.25) for i in range(60)])


def made(make: Callable[[Path], Path]) -> Follow:
    return lambda _, new: make(new)


def no_overlap(old: Path, _: Path) -> Path:
    damaged.files(old)[-1].unlink()
    return old


def apart(_: Path, new: Path) -> Path:
    first = markets.pair("GBP/USD.SIM")
    data = markets.quotes(first, [(damaged.T0 + i * SECOND, 1.25 + i / 1e5, 1.2502 + i / 1e5) for i in range(30)])
    return Path(markets.write(new, [first], quotes=data))


def later_init(old: Path, _: Path) -> Path:
    return damaged.rewrite(old, lambda t: damaged.put(t, ts_event=[damaged.T0 + i * SECOND for i in range(len(t))]))


def with_hole_filled(old: Path, _: Path) -> Path:
    """The missing data of the three hours, ingested into the same catalog."""
    hole = [(damaged.T0 + 30 * SECOND + i * MINUTE, 100.3, 100.32) for i in range(180)]
    stock = damaged.spy()
    file = old.with_suffix(".csv")
    file.write_text("time,bid,ask\n" + "".join(f"{t},{b},{a}\n" for t, b, a in hole))
    quotes(file, SPY, old, Layout(time_format="ns"), merge=True)
    assert ParquetDataCatalog(str(old)).instruments()[0].id == stock.id
    return old


SIZES = "time,bid,ask,bid_size,ask_size\n"
NOTHING = SIZES + "2026-05-04T14:00Z,1,1.01,0,5\n2026-05-04T14:01Z,1,1.01,5,5\n"
HOLE, TWICE_THERE = damaged.CASES["a hole while the market is open"], damaged.CASES["a quote twice"]
BARS = "time,open,high,low,close,volume\n"
DAY = IngestStep(seconds=86_400)
DAYS = BARS + "".join(f"2026-05-0{day},1,1,1,1,0\n" for day in (4, 5, 6))
FALL = "".join(f"2026-11-01T{h:02d}:{m:02d},100.00,100.02\n" for h in (0, 1, 1, 2) for m in range(0, 60, 2))
SPLIT = BARS + "2026-05-04,100,100,100,100,5\n2026-05-05,100,100,100,100,5\n2026-05-06,{0},{0},{0},{0},5\n"
TWICE = BARS + "2026-05-04T14:00Z,1,1,1,1,5\n2026-05-04T14:01Z,1,1,1,1,5\n"
CASES = {
    "no catalog": Case("no-catalog", damaged.CASES["an empty directory"].make, "sweep catalog ingest", again()),
    "a damaged file": Case("damaged-file", damaged.truncated, "ingest its data again, in a new", again()),
    "no definition": Case("no-definition", damaged.undefined, "instruments", redefine("equity", "SPY.ARCA")),
    "two in a folder": Case("mixed-folder", damaged.shared_folder, "a catalog of its own", apart),
    "two precisions": Case("mixed-precision", damaged.mixed_precision, "all at once", again()),
    "another precision": Case(
        "precision", damaged.redefined, "the decimals of the data",
        redefine("equity", "SPY.ARCA", price_increment="0.001"),
    ),
    "off the tick": Case(
        "off-tick", lambda p: damaged.write(p, damaged.spy(2, "0.10")), "price_increment",
        redefine("equity", "SPY.ARCA", price_increment="0.01"),
    ),
    "a tick that is too fine": Case(
        "tick-size", lambda p: damaged.write(p, damaged.spy(3, "0.001"), damaged.FINE), "0.010 for 0.001",
        redefine("equity", "SPY.ARCA", price_increment="0.010"),
    ),
    "off the step": Case(
        "off-step",
        lambda p: redefine("fx_pair", "GBP/USD.SIM", size_increment="1000")(
            ingested(SIZES + "2026-05-04T14:00Z,1.25,1.26,500,1000\n", "quotes", PAIR)(p), p
        ),
        "size_increment", redefine("fx_pair", "GBP/USD.SIM", size_increment="1"),
    ),
    "a price of zero": Case(
        "price", ingested("time,bid,ask\n2026-05-04T14:00Z,0,1\n2026-05-04T14:01Z,1,1.01\n", "quotes"),
        "--drop price", again([f"{damaged.T0},0,1.00", *QUOTES], dropped=["price"]),
    ),
    "a missing price": Case(
        "missing", damaged.CASES["a missing price"].make, "left out", again([f"{damaged.T0},,1.00", *QUOTES])
    ),
    "a crossed quote": Case(
        "crossed", damaged.CASES["a crossed quote"].make, "--drop crossed",
        again([f"{damaged.T0},101.00,100.00", *QUOTES], dropped=["crossed"]),
    ),
    "a locked quote": Case(
        "locked", damaged.CASES["a locked quote"].make, "--drop locked",
        again([f"{damaged.T0},100.00,100.00", *QUOTES], dropped=["locked"]),
    ),
    "a size of zero": Case(
        "size", ingested(NOTHING, "quotes"),
        "--drop size",
        made(ingested(NOTHING, "quotes", dropped=["size"])),
    ),
    "no volume": Case(
        "no-volume", ingested(DAYS, step=DAY), "--volume 1_000_000",
        made(ingested(DAYS, step=IngestStep(seconds=86_400, volume="1_000_000"))),
    ),
    "some without volume": Case(
        "zero-volume", ingested(BARS + "2026-05-04T14:00Z,1,1,1,1,5\n2026-05-04T14:01Z,1,1,1,1,0\n"), "--drop volume",
        made(ingested(BARS + "2026-05-04T14:00Z,1,1,1,1,5\n2026-05-04T14:01Z,1,1,1,1,0\n", dropped=["volume"])),
    ),
    "a bar that cannot be": Case(
        "bar-shape", damaged.CASES["a bar with its high below its close"].make, "--drop bar-shape",
        made(ingested(BARS + "2026-05-04T14:00Z,1,1,1,2,5\n2026-05-04T14:01Z,1,1,1,1,5\n", dropped=["bar-shape"])),
    ),
    "two bars of one time": Case(
        "bar-twice", damaged.CASES["two bars of one time"].make, "keep one of them", made(ingested(TWICE)),
    ),
    "local times as UTC": Case(
        "dst-twice", damaged.local_time, "with the time zone",
        again(FALL.splitlines(), time_format="iso", time_zone="America/New_York"),
    ),
    "no order": Case("order", damaged.unsorted, "sorted there", again([*QUOTES[30:], *QUOTES[:30]])),
    "two files of one time": Case("overlap", damaged.overlapping, "remove one of the files", no_overlap),
    "a wrong name": Case(
        "file-name", damaged.CASES["rows that the name of the file does not cover"].make, "ingest the data", again()
    ),
    "a wrong unit": Case(
        "time-unit", damaged.CASES["milliseconds taken for nanoseconds"].make, "the unit",
        again([f"{t // 10**6},{b:.2f},{a:.2f}" for t, b, a in damaged.rows()], time_format="ms"),
    ),
    "known too early": Case(
        "clairvoyant", damaged.CASES["rows that are known before they happened"].make, "not before ts_event", later_init
    ),
    "a hole": Case("gap", HOLE.make, "ingest the missing", with_hole_filled),
    "a split": Case(
        "split", ingested(SPLIT.format("25.2"), step=DAY), "adjusted for splits",
        made(ingested(SPLIT.format("100.8"), step=DAY)),
    ),
    "a row twice": Case("repeated", TWICE_THERE.make, "left out", again([*QUOTES[:30], *QUOTES[29:]])),
    "no margin": Case(
        "margin", damaged.CASES["no margin"].make, "margin_init", redefine("equity", "SPY.ARCA", margin_init="0.5")
    ),
    "no multiplier": Case(
        "multiplier", lambda p: of_future(p, multiplier="1", expiration_ns="2030-01-01"),
        "multiplier", redefine("cme_future", "ESM6.ARCA", expiration_ns="2030-01-01"),
    ),
    "no data": Case(
        "no-data", lambda p: Path(markets.write(p, [damaged.spy(), markets.pair()],
                                                quotes=markets.quotes(damaged.spy(), damaged.rows()))),
        "ingest its data",
        lambda old, _: ingested("time,bid,ask\n2026-05-04T14:00Z,1.25,1.26\n", "quotes",
                                InstrumentDraft(id=str(markets.pair().id)))(old),
    ),
    "an expiration": Case(
        "expired", lambda p: of_future(p, expiration_ns="2026-05-01"),
        "expiration_ns", redefine("cme_future", "ESM6.ARCA", expiration_ns="2030-01-01"),
    ),
}  # fmt: skip
WITHOUT = {"clock-jump"}  # a word about the source: its remedy changes nothing


def test_every_code_has_a_case():
    assert {case.code for case in CASES.values()} == FAULTS.keys() - WITHOUT


@pytest.mark.parametrize("name", CASES)
def test_the_remedy_helps(name, tmp_path):
    case = CASES[name]
    old = case.make(tmp_path / "old")
    assert case.code in {f.code for f in verify(old)}
    assert case.expected in FAULTS[case.code].remedy
    assert case.code not in {f.code for f in verify(case.follow(old, tmp_path / "new"))}
