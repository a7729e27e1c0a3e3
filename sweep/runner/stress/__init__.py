"""The best trials of a sweep again under perturbations: which trials these are, and their run."""
