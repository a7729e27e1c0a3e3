"""Vendors' CSV files whose columns would be misread, one module a vendor."""
