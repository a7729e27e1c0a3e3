"""Text and columnar files into typed columns."""
