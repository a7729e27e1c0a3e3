"""Line and bar charts as HTML with SVG, without a script: they follow the page's width and colours, and print.

Lines are stretched to the width of the page; labels are text beside them, so that they stay readable on a phone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from math import ceil, floor, log10

import numpy as np

from sweep.results.curves.equity_curve import thinned
from sweep.results.statistics.arrays import Floats

WIDTH, HEIGHT = 2_000, 1_000  # of the view box
MOST = 2_000  # points of a line
MARGIN = 0.04  # of the height, above and below
STEPS = (1, 2, 2.5, 5, 10)

type Label = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from bottom to top, and those that are labelled."""

    low: float
    high: float
    ticks: tuple[float, ...]
    is_log: bool = False

    @classmethod
    def of(cls, values: Floats, *, is_log: bool = False) -> "Scale":
        """Around all values, with room above and below."""
        used = np.log10(values) if is_log else values
        low, high = float(used.min()), float(used.max())
        room = MARGIN * (high - low) or abs(high) * MARGIN or 1.0
        places = ticks(10**low, 10**high) if is_log else ticks(low, high)
        return cls(low - room, high + room, places, is_log)

    def share(self, value: float) -> float:
        """Place of a value, from 0 at the top to 1 at the bottom."""
        at = log10(value) if self.is_log else value
        return (self.high - at) / (self.high - self.low)


def ticks(low: float, high: float, count: int = 5) -> tuple[float, ...]:
    """Round values between two, about so many; the value itself where both are the same."""
    if not high > low:
        return (low,)
    step = _step((high - low) / count)
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return tuple(n * step for n in range(first, last + 1))


def bins(low: float, high: float, count: int) -> Floats:
    """Round edges of at most so many equal bins around all values between two; one edge is 0 if it lies between."""
    step = _step((high - low) / max(1, count - 1))
    first, last = floor(low / step), ceil(high / step)
    edges = np.arange(first, max(last, first + 1) + 1, dtype=np.float64) * step
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)  # by the last digit
    return edges


def _step(least: float) -> float:
    """The next round number."""
    power = 10.0 ** floor(log10(least))
    return next(s for s in STEPS if s * power >= least * (1 - 1e-9)) * power


def line_chart(
    title: str, labels: Sequence[str], values: Floats, label: Label, *, is_log: bool = False, is_area: bool = False
) -> str:
    """A line of values at equal distances, with the labels of some places below; filled up to 0 as an area."""
    scale = Scale.of(values, is_log=is_log)
    places = thinned(values, MOST)
    last = max(1, len(values) - 1)
    points = "L".join(f"{WIDTH * n / last:.0f} {HEIGHT * scale.share(float(values[n])):.0f}" for n in places)
    shapes = f'<path class="line" d="M{points}"/>'
    if is_area:
        zero = HEIGHT * scale.share(0.0)
        shapes = f'<path class="area" d="M0 {zero:.0f}L{points}L{WIDTH} {zero:.0f}Z"/>{shapes}'
    some = np.unique(np.linspace(0, len(labels) - 1, 5).round().astype(int))
    return _figure(title, scale, label, shapes, [(n / last, labels[n]) for n in map(int, some)])


def bar_chart(title: str, edges: Floats, counts: Sequence[int], label: Label) -> str:
    """Counts of values between edges; bars of values below 0 have another colour."""
    scale = Scale.of(np.array([0.0, *counts], float))
    scale = replace(scale, ticks=tuple(tick for tick in scale.ticks if tick == round(tick)))
    width, zero = WIDTH / len(counts), HEIGHT * scale.share(0.0)
    bars = "".join(
        f'<rect class="{"below" if edges[n + 1] <= 0 else "above"}" x="{n * width + 1:.0f}" width="{width - 2:.0f}" '
        f'y="{HEIGHT * scale.share(count):.0f}" height="{zero - HEIGHT * scale.share(count):.0f}"/>'
        for n, count in enumerate(counts)
    )
    step = edges[1] - edges[0]
    every = ceil(len(edges) / 6)  # the label at 0 is among them
    some = [n for n, edge in enumerate(edges) if round(edge / step) % every == 0]
    return _figure(title, scale, lambda v: f"{v:,.0f}", bars, [(n / len(counts), label(float(edges[n]))) for n in some])


def _figure(title: str, scale: Scale, label: Label, shapes: str, below: Sequence[tuple[float, str]]) -> str:
    grid = "".join(f"M0 {HEIGHT * scale.share(v):.0f}H{WIDTH}" for v in scale.ticks)
    left = "".join(f'<span style="top:{100 * scale.share(v):.1f}%">{escape(label(v))}</span>' for v in scale.ticks)
    under = "".join(f'<span{_end(x)} style="left:{100 * x:.1f}%">{escape(text)}</span>' for x, text in below)
    return (
        f'<div class="drawn" role="img" aria-label="{escape(title)}"><div class="caption">{escape(title)}</div>'
        f'<div class="paper"><div class="left">{left}</div>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="grid-lines" d="{grid}"/>{shapes}</svg></div><div class="under">{under}</div></div>'
    )


def _end(share: float) -> str:
    """Class of a label at an end of the axis, which stays within it."""
    return ' class="first"' if share == 0 else ' class="last"' if share == 1 else ""
