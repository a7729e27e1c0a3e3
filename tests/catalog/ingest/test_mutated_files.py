"""Damaged files: each ends with a verified catalog, or with a sentence; no row goes unaccounted."""

import codecs
import gzip
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.catalog.data_files import scan
from sweep.catalog.ingest import IngestStep, InstrumentDraft, Layout, bars, quotes, trades
from sweep.catalog.verify.verifier import verify
from sweep.errors import InputError

DATA = Path(__file__).parents[4] / "shared" / "data"
ROWS = 300
MINUTES = [f"2024-01-{2 + n // 60:02d} 09:{n % 60:02d}:00" for n in range(ROWS)]
MADE = {
    "quotes": "time,bid,ask,bid_size,ask_size\n"
    + "".join(f"{t},{1.1 + n / 1e5:.5f},{1.10002 + n / 1e5:.5f},{n + 1},{n + 2}\n" for n, t in enumerate(MINUTES)),
    "trades": "timestamp,symbol,price,size,side\n"
    + "".join(f"{1704186000 + n}.{n:03d},EURUSD,{1.1 + n / 1e5:.5f},{n % 7 + 1},buy\n" for n in range(ROWS)),
    "bars": "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\n"
    + "".join(f"{t[:10].replace('-', '.')}\t{t[11:]}\t1.1\t1.2\t1.0\t1.1\t{n + 1}\n" for n, t in enumerate(MINUTES)),
}
LAYOUTS = {"quotes": Layout(), "trades": Layout(time_format="s"), "bars": Layout()}
READ = {"quotes": quotes, "trades": trades, "bars": bars}
type Mutation = Callable[[bytes, random.Random], bytes]


def lines(change: Callable[[list[bytes], random.Random], None]) -> Mutation:
    def mutate(data: bytes, rng: random.Random) -> bytes:
        held = data.splitlines(keepends=True)
        change(held, rng)
        return b"".join(held)

    return mutate


def any_line(held: list[bytes], rng: random.Random) -> int:
    return rng.randrange(1, len(held))


def field(text: bytes) -> Callable[[list[bytes], random.Random], None]:
    """Another text in place of one field."""

    def change(held: list[bytes], rng: random.Random) -> None:
        n = any_line(held, rng)
        sign = b"\t" if b"\t" in held[n] else b","
        cells = held[n].rstrip(b"\n").split(sign)
        cells[rng.randrange(len(cells))] = text
        held[n] = sign.join(cells) + b"\n"

    return change


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


MUTATIONS: dict[str, Mutation] = {
    "a byte": flip,
    "ten bytes": lambda data, rng: flip(flip(flip(flip(flip(data, rng), rng), rng), rng), rng),
    "cut short": lambda data, rng: data[: rng.randrange(1, len(data))],
    "a line less": lines(lambda held, rng: held.pop(any_line(held, rng)) and None),
    "a line twice": lines(lambda held, rng: held.insert(any_line(held, rng), held[any_line(held, rng)])),
    "two lines exchanged": lines(lambda held, rng: held.insert(1, held.pop(any_line(held, rng)))),
    "in no order": lines(lambda held, rng: held.__setitem__(slice(1, None), rng.sample(held[1:], len(held) - 1))),
    "the header again": lines(lambda held, rng: held.insert(any_line(held, rng), held[0])),
    "a blank line": lines(lambda held, rng: held.insert(any_line(held, rng), b"\n")),
    "blank lines at the end": lambda data, rng: data + b"\n\n  \n",
    "a quote": lines(lambda held, rng: held.insert(any_line(held, rng), b'"' + held.pop(any_line(held, rng)))),
    "an empty field": lines(field(b"")),
    "a word": lines(field(b"closed")),
    "a quote in a field": lines(field(b'"1.1')),
    "no number": lines(field(b"NaN")),
    "infinite": lines(field(b"inf")),
    "a number too large": lines(field(b"99999999999999999999")),
    "below zero": lines(field(b"-1")),
    "nothing": lines(field(b"0")),
    "more decimals": lines(field(b"1.123456789012345678901")),
    "thousands": lines(field(b'"1,234.5"')),
    "a comma": lines(field(b"1,5")),
    "no header": lines(lambda held, rng: held.pop(0) and None),
    "a title": lambda data, rng: b"Exported by a broker\n" + data,
    "another encoding": lambda data, rng: data.decode().encode("utf-16"),
    "a mark": lambda data, rng: codecs.BOM_UTF8 + data,
    "Windows": lambda data, rng: data.replace(b"\n", b"\r\n"),
    "an old Mac": lambda data, rng: data.replace(b"\n", b"\r"),
    "semicolons": lambda data, rng: data.replace(b",", b";"),
    "commas between and in": lambda data, rng: data.replace(b",", b";").replace(b".", b","),
    "a comma at the end": lambda data, rng: data.replace(b"\n", b",\n"),
    "another symbol": lambda data, rng: data.replace(b"EURUSD", b"GBPUSD", 3),
    "zeros in between": lambda data, rng: data[:900] + b"\0\0" + data[900:],
    "letters that are none": lambda data, rng: data[:900] + b"\xff\xfe" + data[900:],
}  # fmt: skip
REAL = {
    "eurusd-ticks-2020-01-01.csv.gz": ("quotes", Layout(columns="time,bid,ask,"), 400),
    "gbpusd-m1-bid-2012.csv.gz": ("bars", Layout(), 400),
    "6EH4.XCME_1min_bars_20240101_20240131.csv.gz": ("bars", Layout(), 400),
}


def check(path: Path, catalog: Path, noun: str, layout: Layout) -> str:
    """A verified catalog with every row accounted for, or one sentence and nothing."""
    pair = InstrumentDraft(id="EUR/USD.SIM", precision=7)
    more = {"step": IngestStep()} if noun == "bars" else {}
    try:
        result = READ[noun](path, pair, catalog, layout, **more)
    except InputError as refused:
        assert not catalog.exists(), "something was written"
        message = str(refused)
        assert str(path) in message and len(message) > len(str(path)) + 10
        for word in ("arrow", "Arrow", "CSV conversion", "codec", "Traceback", "Invalid:", "schema", "scalar of type"):
            assert word not in message.replace(str(path), ""), message
        return message
    assert sum(result.read.values()) == result.written + sum(result.dropped.values()), result
    assert not scan(catalog)[1]
    assert not {"damaged-file", "order", "overlap", "file-name"} & {f.code for f in verify(catalog)}
    return ""


@pytest.mark.parametrize("noun", MADE)
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_made_file_that_is_damaged(tmp_path, name, noun):
    for seed in range(2):
        rng = random.Random(f"{name} {noun} {seed}")
        path = tmp_path / f"{seed}.csv"
        path.write_bytes(MUTATIONS[name](MADE[noun].encode(), rng))
        check(path, tmp_path / f"catalog {seed}", noun, LAYOUTS[noun])


@pytest.mark.skipif(not DATA.exists(), reason="needs the market data, which is not part of the project")
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_real_file_that_is_damaged(tmp_path, name):
    for file, (noun, layout, count) in REAL.items():
        with gzip.open(DATA / file, "rb") as stream:
            data = b"".join(stream.readline() for _ in range(count))
        for seed in range(2):
            rng = random.Random(f"{name} {file} {seed}")
            path, catalog = tmp_path / f"{seed}.csv", tmp_path / "catalog"
            path.write_bytes(MUTATIONS[name](data, rng))
            check(path, catalog, noun, layout)
            shutil.rmtree(catalog, ignore_errors=True)
