"""Instrument definitions: templates, builder, writer."""
