"""Data that trials read and never change. Nothing here needs an engine, but what writes catalogs."""

from sweep.catalog.fingerprint import Fingerprint
from sweep.catalog.spec_check import check

__all__ = ["Fingerprint", "check"]
