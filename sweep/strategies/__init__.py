"""The strategies that ship. Copy one to begin your own."""
