"""Indicators whose figures differ between 1.231 and 2.0: how, as measured on the same bars."""

WARM_UP = "starts from a simple average: its figures differ until some bars after the warm-up"
EARLY = "is 0 until it is initialized; 1.x gave figures from the first bar on"
CHANGED = {
    "AdaptiveMovingAverage": "follows another efficiency ratio: all figures differ",
    "AroonOscillator": EARLY,
    "AverageTrueRange": "averages as Wilder does, where 1.x took a simple average: all figures differ",
    "Bias": "is in percent, where 1.x had a fraction",
    "BollingerBands": "takes the close, where 1.x took the mean of high, low and close: all figures differ",
    "ChandeMomentumOscillator": "averages in another way, and starts a bar later: all figures differ",
    "DirectionalMovement": "sums as Wilder does: all figures differ",
    "DonchianChannel": EARLY,
    "DoubleExponentialMovingAverage": WARM_UP,
    "EfficiencyRatio": "measures over a bar more: all figures differ",
    "ExponentialMovingAverage": WARM_UP,
    "HullMovingAverage": "starts a bar later",
    "IchimokuCloud": "shifts its spans in another way, and starts later: all figures differ",
    "KeltnerChannel": "has another average true range: all figures differ",
    "KeltnerPosition": WARM_UP,
    "KlingerVolumeOscillator": "has other arguments",
    "LinearRegression": "counts from 0, where 1.x counted from 1: its intercept differs",
    "MovingAverageConvergenceDivergence": "has a signal line, and starts later: its figures differ until then",
    "OnBalanceVolume": "has no period",
    "Pressure": "has another average true range, and another cumulative value",
    "PsychologicalLine": EARLY,
    "RateOfChange": "is in percent, where 1.x had a fraction, and starts a bar later",
    "RelativeStrengthIndex": "is between 0 and 100, where 1.x had 0 to 1, and smooths as Wilder does",
    "RelativeVolatilityIndex": "averages in another way: all figures differ",
    "SimpleMovingAverage": EARLY,
    "Stochastics": "smooths %D in another way, and starts later: all figures of %D differ",
    "Swings": "finds swings in another way: all figures differ",
    "VariableIndexDynamicAverage": WARM_UP,
    "VerticalHorizontalFilter": "starts a bar later",
    "VolatilityRatio": "has one period, where 1.x had a fast and a slow one",
    "WilderMovingAverage": WARM_UP,
}
FED_OTHERWISE = {"BollingerBands": (3,)}  # by update_raw with so many values in 1.x, and with others in 2.0
NO_COUNTERPART = {"KlingerVolumeOscillator", "OnBalanceVolume", "VolatilityRatio"}
DEFAULTS = {  # arguments after the first that 2.0 demands, with the defaults of 1.x
    "FuzzyCandlesticks": {"threshold1": "0.5", "threshold2": "1.0", "threshold3": "2.0", "threshold4": "3.0"},
}
AVERAGES = {
    "SIMPLE": "SimpleMovingAverage",
    "EXPONENTIAL": "ExponentialMovingAverage",
    "DOUBLE_EXPONENTIAL": "DoubleExponentialMovingAverage",
    "WILDER": "WilderMovingAverage",
    "HULL": "HullMovingAverage",
    "WEIGHTED": "WeightedMovingAverage",
    "ADAPTIVE": "AdaptiveMovingAverage",
    "VARIABLE_INDEX_DYNAMIC": "VariableIndexDynamicAverage",
}
