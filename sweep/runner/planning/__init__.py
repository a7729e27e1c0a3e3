"""Steps of making a plan from a parsed spec."""
