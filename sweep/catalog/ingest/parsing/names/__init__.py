"""Names of columns, as vendors write them."""
