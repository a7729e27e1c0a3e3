"""Data that trials read and never change. Nothing here needs an engine, but what writes catalogs."""

from sweep.catalog.check import check
from sweep.catalog.fingerprint import Fingerprint

__all__ = ["Fingerprint", "check"]
