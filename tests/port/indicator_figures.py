"""Figures of indicators on the same seeded bars: of 1.231 where it runs there, of sweep.compat in the tests."""

import json
import random
from typing import Any

AVERAGES = ("SIMPLE", "EXPONENTIAL", "DOUBLE_EXPONENTIAL", "WILDER", "HULL", "WEIGHTED", "VARIABLE_INDEX_DYNAMIC")
CASES: dict[str, list[tuple[Any, ...]]] = {  # an average is named by its kind, as ma:KIND
    "AdaptiveMovingAverage": [(5, 2, 10)],
    "AroonOscillator": [(5,), (14,)],
    "AverageTrueRange": [(5,), (5, "ma:WILDER"), (5, "ma:SIMPLE", False), (5, "ma:EXPONENTIAL", True, 2.0)],
    "Bias": [(5,), (5, "ma:EXPONENTIAL")],
    "BollingerBands": [(5, 2.0), (20, 1.5, "ma:EXPONENTIAL")],
    "ChandeMomentumOscillator": [(5,), (9, "ma:SIMPLE")],
    "DirectionalMovement": [(5,), (14, "ma:WILDER")],
    "DonchianChannel": [(5,), (20,)],
    "DoubleExponentialMovingAverage": [(5,)],
    "EfficiencyRatio": [(5,), (10,)],
    "ExponentialMovingAverage": [(5,), (1,), (40,)],
    "HullMovingAverage": [(6,), (16,)],
    "IchimokuCloud": [(3, 6, 12, 6), ()],
    "KeltnerChannel": [(5, 2.0), (5, 1.0, "ma:SIMPLE", "ma:WILDER", False, 0.5)],
    "KeltnerPosition": [(5, 2.0)],
    "KlingerVolumeOscillator": [(3, 8, 5)],
    "LinearRegression": [(5,), (14,)],
    "MovingAverageConvergenceDivergence": [(3, 8), (12, 26, "ma:SIMPLE")],
    "OnBalanceVolume": [(), (5,)],
    "Pressure": [(5,), (5, "ma:SIMPLE", 1.0)],
    "PsychologicalLine": [(5,), (5, "ma:EXPONENTIAL")],
    "RateOfChange": [(5,), (5, True)],
    "RelativeStrengthIndex": [(7,), (14, "ma:WILDER")],
    "RelativeVolatilityIndex": [(5,), (8, 50.0, "ma:SIMPLE")],
    "SimpleMovingAverage": [(5,), (1,)],
    "Stochastics": [(5, 3), (14, 3, 3), (5, 3, 2, "ma:SIMPLE", "moving_average")],
    "Swings": [(5,)],
    "VariableIndexDynamicAverage": [(5,)],
    "VerticalHorizontalFilter": [(5,)],
    "VolatilityRatio": [(3, 8)],
    "WeightedMovingAverage": [(4,), (3, [0.2, 0.3, 0.5])],
    "WilderMovingAverage": [(5,)],
}  # fmt: skip
LEFT_OUT = {"name", "price_type", "ma_type"}
EVERY = 9  # bars between two that are written, after the first


def rows() -> list[tuple[float, ...]]:
    """Open, high, low, close and volume of 120 bars: some without a move, some without volume."""
    draw, close, prices = random.Random(5), 100.0, []
    for n in range(120):
        open_, close = close, max(1.0, round(close + draw.gauss(0, 1), 2))
        high, low = max(open_, close) + round(draw.random(), 2), min(open_, close) - round(draw.random(), 2)
        if n in (40, 41, 42, 43, 44, 45, 46):
            open_ = high = low = close
        prices.append((open_, high, low, close, float(draw.randint(0 if n > 60 else 1, 50))))
    return prices


def figures(library: Any, kinds: Any, bars: list[Any]) -> dict[str, list[dict[str, Any]]]:
    """Every number and flag of each indicator, after the first bars and some of the others."""
    states: dict[str, list[dict[str, Any]]] = {}
    for name, cases in CASES.items():
        for case in cases:
            arguments = [getattr(kinds, str(a)[3:]) if str(a).startswith("ma:") else a for a in case]
            indicator = getattr(library, name)(*arguments)
            states[f"{name}{list(case)}"] = [state for n, bar in enumerate(bars) if (state := after(indicator, bar, n))]
    return states


def after(indicator: Any, bar: Any, n: int) -> dict[str, Any] | None:
    indicator.handle_bar(bar)
    if n > 20 and n % EVERY:
        return None
    names = [a for a in dir(indicator) if a[0] != "_" and a not in LEFT_OUT]
    values = {a: getattr(indicator, a, None) for a in names}
    return {
        a: v if isinstance(v, int) else float(f"{v:.13g}") for a, v in values.items() if isinstance(v, (int, float))
    }


if __name__ == "__main__":
    import nautilus_trader.indicators as library
    from nautilus_trader.model.data import Bar, BarType
    from nautilus_trader.model.objects import Price, Quantity

    kind = BarType.from_str("A.X-1-MINUTE-LAST-EXTERNAL")
    bar_list = [
        Bar(kind, *(Price(p, 2) for p in row[:4]), Quantity.from_int(int(row[4])), n * 60 * 10**9, n * 60 * 10**9)
        for n, row in enumerate(rows())
    ]
    print(json.dumps(figures(library, library.MovingAverageType, bar_list), separators=(",", ":")))
