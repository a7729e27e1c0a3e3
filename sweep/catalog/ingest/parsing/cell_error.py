"""A value that cannot be read: where it stands, the rule and the remedy."""


class CellError(ValueError):
    """One text of a column that is not what the column holds; `row` counts from 0 within the column."""

    def __init__(self, row: int, text: object, rule: str, remedy: str = "") -> None:
        self.row, self.text, self.rule, self.remedy = row, text, rule, remedy
        super().__init__(f"{text!r} {rule}")


class MovedClockError(CellError):
    """A time that the clock of a zone shows twice, or never."""

    def __init__(self, row: int, text: object, rule: str, remedy: str, *, is_twice: bool) -> None:
        super().__init__(row, text, rule, remedy)
        self.is_twice = is_twice


class OrderOfDaysError(CellError):
    """A day whose order of day and month no row shows."""


FEWER = "correct the row, take it out, or keep fewer decimals (--precision, --size-precision)"  # of a large number
NO_TABLE = "state its --delimiter, or the lines to --skip-rows"  # of a text that is none


class FileError(ValueError):
    """A mistake in a file as a whole, with its remedy."""

    def __init__(self, rule: str, remedy: str = "", value: object = None) -> None:
        self.remedy, self.value = remedy, value
        super().__init__(rule)
