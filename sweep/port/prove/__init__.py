"""The old file under the old engine, the new one under the new: the same decisions, or the first that differs."""
