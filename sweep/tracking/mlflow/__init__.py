"""The mirror of a ledger in MLflow."""
