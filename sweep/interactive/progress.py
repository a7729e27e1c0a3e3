"""Progress of a sweep in a notebook: a bar, the best trial so far, failures, and messages."""

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from sweep.interactive.cells import shell

if TYPE_CHECKING:
    from sweep.runner.control.progress import Progress

LINES = 4  # messages that are shown

PAGE = """<div style="font-family:sans-serif;font-size:13px;max-width:46em">
<div style="background:#8884;border-radius:4px;height:10px"><div
style="background:{colour};border-radius:4px;height:10px;width:{percent:.1f}%"></div></div>
<div>{line}</div>{messages}</div>"""


def is_notebook() -> bool:
    """True in a Jupyter kernel."""
    return hasattr(shell(), "kernel")


def followers(watch: "Callable[[Progress], None] | None") -> dict[str, Any]:
    """The callbacks of a run (`watch`, `say`) where the caller has none of its own: in a notebook its output."""
    if watch or not is_notebook():
        return {"watch": watch} if watch else {}
    progress = NotebookProgress()
    return {"watch": progress, "say": progress.say}


class NotebookProgress:
    """One output of a cell that follows a sweep. It is called with the tally."""

    def __init__(self, display: Callable[..., Any] | None = None) -> None:
        """`display` shows a first output and returns a handle that updates it; by default IPython's."""
        self.messages: list[str] = []
        self.tally: Progress | None = None
        self._display, self._handle = display or _display, None

    def __call__(self, tally: "Progress") -> None:
        """Show the tally."""
        self.tally = tally
        self._show()

    def say(self, message: str) -> None:
        """Show a message below the bar."""
        self.messages.append(message.strip())
        self._show()

    def _show(self) -> None:
        html = self.html()
        if self._handle is None:
            self._handle = self._display(html)
        else:
            self._handle.update(_Html(html))

    def html(self) -> str:
        """The output as HTML."""
        tally, lines = self.tally, "".join(f"<div>{escape(m)}</div>" for m in self.messages[-LINES:])
        if tally is None:
            return PAGE.format(colour="#2f6fde", percent=0, line="starting", messages=lines)
        count = tally.done
        colour = "#c0362c" if tally.stopped else "#2f6fde" if count < tally.total else "#16803c"
        percent = 100 * count / max(tally.total, count, 1)
        return PAGE.format(colour=colour, percent=percent, line=escape(line_of(tally)), messages=lines)


def line_of(tally: "Progress") -> str:
    """The tally as a line."""
    count = tally.done
    parts = [f"{count:,} of {'' if tally.exact else 'about '}{tally.total:,} trials"]
    if tally.best:
        parts.append(f"best so far: trial {tally.best[0]} with {tally.best[1]:,.6g}")
    parts += [f"{n:,} {state}" for n, state in ((tally.failed, "failed"), (tally.pruned, "pruned")) if n]
    if tally.running:
        parts.append(f"{tally.running} running")
    if tally.eta:
        parts.append(f"{tally.eta:,.0f} s left")
    return " · ".join([*parts, *filter(None, (tally.stopped, tally.enough))])


class _Html:
    """HTML for a notebook."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_html_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "progress of a sweep"


def _display(html: str) -> Any:
    import importlib

    return importlib.import_module("IPython.display").display(_Html(html), display_id=True)
