"""Texts that a terminal, rich, a spreadsheet or a web page would obey."""

from hypothesis import strategies as st

SAMPLES = [
    "[close]", "[/x]", "[bold red]x[/]", "[link=http://evil]x[/link]", ":smile:", "[", "]",
    "\x1b]0;title\x07", "\x1b[2J\x1b[H", "\x1b]8;;http://evil\x1b\\x", "\x9b31m", "a\rb", "a\x00b", "\x7f",
    "\u202egnp.exe", "\u2028", "\udcff", "日本", "é" * 30, "",
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1",
    "<script>alert(1)</script>", "</script>", "![x](http://evil)", "`", "{}", "%s", "\\", "'", '"',
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(SAMPLES) | st.text(max_size=5), max_size=4).map("".join)
