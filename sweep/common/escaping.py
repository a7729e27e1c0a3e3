"""Texts of others (names, values, messages of user code, files) as each medium can show them without obeying them.

Templates escape the marks of HTML, Python's own encoder escapes JSON.
"""

import re

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# control characters but for the end of a line and the tabulator, what turns the direction of writing, line separators
# of Unicode, and halves of characters, which no encoding has
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # no database takes them
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # first characters of a formula in a spreadsheet
MARKDOWN = re.compile(r"[\\`\[<]")
REPLACEMENT = "\ufffd"


def for_terminal(text: str) -> str:
    """A text whose control sequences are shown instead of obeyed; colours are left out."""
    return CONTROL.sub(_visible, COLOURS.sub("", text))


def for_storage(text: str) -> str:
    """A text that a database takes."""
    return UNSTORABLE.sub(REPLACEMENT, text)


def for_csv(value: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers stay as they are."""
    if not isinstance(value, str):
        return value
    text = for_terminal(value)
    return f"'{text}" if (value.startswith(FORMULA) or text.startswith(FORMULA)) and not _is_number(text) else text


def for_html(value: object) -> object:
    """A value for a template that escapes HTML itself: control characters are made visible; HTML stays."""
    return for_terminal(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def for_mlflow(text: str) -> str:
    """A text that MLflow's stores take, and its pages show as it is."""
    return CONTROL.sub(REPLACEMENT, COLOURS.sub("", text))


def for_markdown(text: str) -> str:
    """A text in MLflow's descriptions, which are Markdown: no links, pictures and HTML come of it."""
    return MARKDOWN.sub(r"\\\g<0>", for_mlflow(text))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else REPLACEMENT


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
