"""A catalog from a user's files: each examined, ingested and verified; it appears whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree
from typing import Any

from sweep.catalog import ingest
from sweep.catalog.ingest import Ingested, IngestStep, InstrumentDraft
from sweep.catalog.ingest.clock import default_zone
from sweep.catalog.ingest.file_facts import MOST_DIGITS, FileFacts, examine
from sweep.catalog.ingest.parsing.decimals import InexactError
from sweep.catalog.instruments import writer
from sweep.catalog.instruments.currencies import declare, is_money
from sweep.catalog.instruments.templates import template_of
from sweep.catalog.verify.verifier import verify
from sweep.errors import InputError, Problem
from sweep.scaffold.request import Ask, Request

VOLUME = "1000000"  # of bars in files without volumes: else no order would fill in them
PAIR_LETTERS = 3  # of the code of a currency
FINEST = {"equity": (2, 0), "fx_pair": (0, 0), "crypto_pair": (0, 6), "binance_perpetual": (0, 3)}  # decimals at least


@dataclass(slots=True)
class Draft:
    """One instrument and its files on the way into the catalog."""

    id: str
    files: tuple[Path, ...]
    facts: list[FileFacts]
    template: str
    digits: dict[str, int]  # of prices and sizes
    rounds: bool
    notes: list[str] = field(default_factory=list[str])

    def definition(self, names: Mapping[str, str]) -> dict[str, str]:
        """The values of the instrument that the files show."""
        if self.template not in FINEST:
            return dict(names)
        values = {"price_increment": _step(self.digits["prices"])}
        if self.template in ("crypto_pair", "binance_perpetual"):
            values["size_increment"] = _step(self.digits["sizes"])
        return values | dict(names)


def build(catalog: Path, request: Request, ask: Ask, progress: Any) -> tuple[list[Ingested], list[str]]:
    """Fill an empty catalog; what was read and written, and notes on it. InputError with everything in the way."""
    if problems := declare(request.currencies, "--currency"):
        raise InputError(problems)
    drafts = [_draft(identifier, files, request, ask) for identifier, files in _pairs(request)]
    for _ in range(2 * MOST_DIGITS * len(drafts)):
        try:
            written = [one for draft in drafts for one in _ingest(draft, catalog, request, progress)]
        except _FinerError as finer:
            finer.apply()
            rmtree(catalog)  # what it holds so far has fewer decimals
            catalog.mkdir()
            continue
        return written, [note for draft in drafts for note in draft.notes] + _verified(catalog)
    raise AssertionError("each try has more decimals")


def _pairs(request: Request) -> list[tuple[str, tuple[Path, ...]]]:
    """Each instrument with its files: all of them, or one each."""
    ids, files = request.instruments, request.files
    if not ids:
        stem = "".join(c for c in files[0].name.partition(".")[0].upper() if c.isalnum()) or "AAPL"
        remedy = f"SYMBOL.VENUE: --instrument {stem}.XNAS, --instrument EUR/USD.SIM, --instrument BTC/USDT.BINANCE"
        raise InputError(Problem("--instrument", "is missing: whose prices are in the file?", remedy=remedy))
    if len(ids) == 1:
        return [(ids[0], files)]
    if len(ids) != len(files):
        rule = f"there must be one for all files, or one for each (files: {len(files)})"
        raise InputError(Problem("--instrument", rule, ", ".join(ids), "give as many --instrument as files, in order"))
    by_id: dict[str, tuple[Path, ...]] = {}
    for identifier, file in zip(ids, files, strict=True):
        by_id[identifier] = (*by_id.get(identifier, ()), file)
    return list(by_id.items())


def _draft(identifier: str, files: tuple[Path, ...], request: Request, ask: Ask) -> Draft:
    symbol, _, venue = identifier.rpartition(".")
    if not (symbol and venue):
        raise InputError(Problem("--instrument", "must be SYMBOL.VENUE", identifier, "such as AAPL.XNAS"))
    template = request.template or _template(identifier, symbol, venue)
    facts = [examine(file, request.layout, request.step) for file in files]
    if len(nouns := {f.noun for f in facts}) > 1:
        raise InputError(
            Problem("--csv", f"the files of {identifier} hold {' and '.join(sorted(nouns))}", remedy="one kind")
        )
    finest = FINEST.get(template, (0, 0))
    digits = {
        "prices": max(finest[0], *(f.price_digits for f in facts)),
        "sizes": max(finest[1], *(f.size_digits for f in facts)),
    }
    draft = Draft(identifier, files, facts, template, digits, rounds=any(f.is_noisy for f in facts))
    draft.facts = [_on_its_clock(draft, file, f, ask, request) for file, f in zip(files, facts, strict=True)]
    return draft


def _template(identifier: str, symbol: str, venue: str) -> str:
    base, quote = symbol[:PAIR_LETTERS], symbol[PAIR_LETTERS:]
    if len(symbol) == 2 * PAIR_LETTERS and is_money(base) and is_money(quote):
        remedy = f"--instrument {base}/{quote}.{venue}; for a stock of that name: --template equity"
        raise InputError(Problem("--instrument", "looks like a currency pair", identifier, remedy))
    return template_of(symbol, is_money)


def _on_its_clock(draft: Draft, file: Path, facts: FileFacts, ask: Ask, request: Request) -> FileFacts:
    """The facts with the time zone of times that name none."""
    if not facts.is_naive or request.zone_is_stated:
        return facts
    if facts.session is None:
        draft.notes.append(f"{file}: its times name no zone and are taken as UTC (--time-zone states another)")
        return facts
    session = facts.session
    zone = ask(f"{file}: {session}. Time zone", default_zone(session, draft.id), (session.zone, "UTC"))
    draft.notes.append(f"{file}: {session}; they are taken as {zone} (--time-zone states another)")
    return replace(facts, layout=replace(facts.layout, time_zone=zone))


class _FinerError(Exception):
    """Numbers of a file with more decimals than its instrument has so far."""

    def __init__(self, draft: Draft, inexact: InexactError) -> None:
        self.draft, self.inexact = draft, inexact
        super().__init__(str(inexact))

    def apply(self) -> None:
        """Give the instrument the decimals, or where no market has so many let the numbers be rounded."""
        draft, noun, needed = self.draft, self.inexact.noun, self.inexact.needed
        has_whole = noun == "sizes" and draft.template not in ("crypto_pair", "binance_perpetual")
        if needed > MOST_DIGITS or has_whole or draft.template not in FINEST:
            draft.rounds = True
        else:
            draft.digits[noun] = max(needed, draft.digits[noun] + 1)


def _ingest(draft: Draft, catalog: Path, request: Request, progress: Any) -> list[Ingested]:
    writer.write(catalog, _defined(draft, request))
    pair, written = InstrumentDraft(id=draft.id, size=request.size), list[Ingested]()
    for file, facts in zip(draft.files, draft.facts, strict=True):
        layout = replace(facts.layout, rounds=facts.layout.rounds or draft.rounds)
        more: dict[str, Any] = {"merge": len(draft.files) > 1, "progress": progress}
        try:
            if facts.noun == "bars":
                written.append(ingest.bars(file, pair, catalog, layout, step=_bar_step(facts, request), **more))
            else:
                read = ingest.quotes if facts.noun == "quotes" else ingest.trades
                written.append(read(file, pair, catalog, layout, **more))
        except InputError as refused:
            if isinstance(refused.__cause__, InexactError) and not layout.rounds:
                raise _FinerError(draft, refused.__cause__) from refused
            raise
    return written


def _defined(draft: Draft, request: Request) -> Any:
    """The instrument. Remedies name the option of `sweep init`, which is another one."""
    try:
        return writer.from_template(draft.template, [draft.id], draft.definition(request.definition))
    except InputError as error:
        raise InputError([replace(p, remedy=p.remedy.replace("--set", "--define")) for p in error.problems]) from None


def _bar_step(facts: FileFacts, request: Request) -> IngestStep:
    return replace(facts.step, volume=request.volume or ("" if facts.has_volume else VOLUME))


def _verified(catalog: Path) -> list[str]:
    """The warnings about a catalog. InputError with its errors."""
    faults = verify(catalog)
    if errors := [fault for fault in faults if fault.is_error]:
        raise InputError([Problem(fault.where, fault.rule, remedy=fault.remedy) for fault in errors])
    return [f"{fault.where}: {fault.rule}" for fault in faults]


def _step(digits: int) -> str:
    return f"{10.0**-digits:.{digits}f}"


def files_of(files: Sequence[Path]) -> tuple[Path, ...]:
    """Each file once, in order. InputError with all that are missing or empty."""
    problems = [Problem("--csv", "there is no such file", str(file)) for file in files if not file.is_file()]
    problems += [
        Problem("--csv", "is empty", str(file)) for file in files if file.is_file() and not file.stat().st_size
    ]
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(files))
