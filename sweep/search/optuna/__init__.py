"""Searches by Optuna's samplers."""
