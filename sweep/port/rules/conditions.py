"""The checks of PyCondition (and Condition): the test that fails, and the exception that 1.x raised."""

CHECKS: dict[str, tuple[str, str, int]] = {  # name -> (what fails, exception, the argument with the message)
    "is_true": ("not ({0})", "ValueError", 1),
    "is_false": ("{0}", "ValueError", 1),
    "none": ("{0} is not None", "ValueError", 1),
    "not_none": ("{0} is None", "TypeError", 1),
    "type": ("not isinstance({0}, {1})", "TypeError", 2),
    "type_or_none": ("{0} is not None and not isinstance({0}, {1})", "TypeError", 2),
    "callable": ("not callable({0})", "TypeError", 1),
    "callable_or_none": ("{0} is not None and not callable({0})", "TypeError", 1),
    "equal": ("{0} != {1}", "ValueError", 2),
    "not_equal": ("{0} == {1}", "ValueError", 2),
    "positive": ("{0} <= 0", "ValueError", 1),
    "positive_int": ("{0} <= 0", "ValueError", 1),
    "not_negative": ("{0} < 0", "ValueError", 1),
    "not_negative_int": ("{0} < 0", "ValueError", 1),
    "in_range": ("not {1} <= {0} <= {2}", "ValueError", 3),
    "in_range_int": ("not {1} <= {0} <= {2}", "ValueError", 3),
    "not_empty": ("not {0}", "ValueError", 1),
    "empty": ("{0}", "ValueError", 1),
    "valid_string": ("not {0} or not {0}.strip()", "ValueError", 1),
    "is_in": ("{0} not in {1}", "ValueError", 2),
    "not_in": ("{0} in {1}", "ValueError", 2),
    "list_type": ("not all(isinstance(item, {1}) for item in {0})", "TypeError", 2),
}
MESSAGES = {  # a message of our own where 1.x made it from the name of the argument
    "not_none": "must not be None", "type": "has the wrong type", "positive": "must be positive",
    "positive_int": "must be positive", "not_negative": "must not be negative",
    "not_negative_int": "must not be negative", "in_range": "is out of range", "in_range_int": "is out of range",
    "not_empty": "must not be empty", "valid_string": "must not be blank", "is_in": "must be in {1}",
    "not_in": "must not be in {1}", "equal": "must equal {1}", "not_equal": "must not equal {1}",
    "list_type": "has an item of the wrong type",
}  # fmt: skip
