"""Users' own files into a catalog: read, checked, counted, and written whole or not at all."""

from sweep.catalog.ingest.binance import binance
from sweep.catalog.ingest.databento import databento
from sweep.catalog.ingest.events import events
from sweep.catalog.ingest.layout import Layout
from sweep.catalog.ingest.legacy import legacy
from sweep.catalog.ingest.market import Step, bars, quotes, sides, trades
from sweep.catalog.ingest.pair import Pair
from sweep.catalog.ingest.result import Ingested

__all__ = [
    "Ingested",
    "Layout",
    "Pair",
    "Step",
    "bars",
    "binance",
    "databento",
    "events",
    "legacy",
    "quotes",
    "sides",
    "trades",
]
