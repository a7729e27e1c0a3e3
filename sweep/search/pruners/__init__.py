"""Pruners, one file each, with a function `create`; `PRUNERS` of `sweep.spec.search_sections` has their names."""
