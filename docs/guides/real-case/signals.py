# ruff: noqa: INP001 (a program of its own)
"""The research notebook as a script: the moves of LEAD in each half hour, in units of what is usual.

python signals.py                  # signals.csv
python signals.py --label right
"""

import argparse

import pandas as pd

USUAL = 20 * 13  # half hours of a month, all of them before


def main() -> None:
    """Read lead.csv, write signals.csv."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--label", choices=["left", "right"], default="left", help="the time of a half hour")
    label = parser.parse_args().label
    quotes = pd.read_csv("lead.csv", parse_dates=["time"], index_col="time")
    closes = quotes["bid"].resample("30min", label=label).last().dropna()
    moves = closes.pct_change()[closes.index.to_series().dt.date.duplicated()]  # no move over night
    strength = (moves / moves.rolling(USUAL).std().shift(1)).dropna()
    strength.round(4).rename("strength").to_csv("signals.csv", index_label="time")


if __name__ == "__main__":
    main()
