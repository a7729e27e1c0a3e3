"""Catalog files: schema, pending file, transaction."""
