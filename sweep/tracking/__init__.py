"""Idempotent mirror of the ledger in a tracking server. The ledger stays the single source of truth."""
