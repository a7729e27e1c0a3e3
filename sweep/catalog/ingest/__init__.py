"""Users' own files into a catalog: read, checked, counted, and written whole or not at all."""

from sweep.catalog.ingest.bar_step import IngestStep
from sweep.catalog.ingest.currency_pair import InstrumentDraft
from sweep.catalog.ingest.events import events
from sweep.catalog.ingest.ingest_result import Ingested
from sweep.catalog.ingest.market_data import bars, by_symbol, quotes, sides, trades
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.vendors.binance import binance
from sweep.catalog.ingest.vendors.databento import databento
from sweep.catalog.ingest.vendors.nautilus1 import nautilus1

Pair = InstrumentDraft  # the name of earlier versions, which users' scripts import

__all__ = [
    "IngestStep",
    "Ingested",
    "InstrumentDraft",
    "Layout",
    "Pair",
    "bars",
    "binance",
    "by_symbol",
    "databento",
    "events",
    "nautilus1",
    "quotes",
    "sides",
    "trades",
]
