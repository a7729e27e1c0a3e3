# ruff: noqa: INP001 (a program of its own)
"""A made-up year of two stocks in five-minute quotes, the same on every machine: LEAD, and FOLW that follows it late.

    python market.py            # lead.csv, folw.csv
    python market.py --echo 0   # without the edge: FOLW moves with LEAD, and never after it

Half of a move of LEAD is in FOLW at once. A further share, the echo, comes in equal parts over the next three hours of
the session. The echo is the only thing in these prices that can be known in advance. No number was ever traded.
"""

import argparse
import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

FIRST, DAYS = datetime(2025, 1, 6, 14, 30, tzinfo=UTC), 252
QUOTES, STEP = 79, timedelta(minutes=5)  # a session of 6.5 hours
BETA, LAGS = 0.5, 36  # at once; steps over which the echo is spread
LEAD_DAY, OWN_DAY = 0.013, 0.010  # volatility of a day: of LEAD, and of FOLW by itself
SPREAD = 0.02  # dollars


def session(random: np.random.Generator, calm: float, echo: float) -> tuple[np.ndarray, np.ndarray]:
    """Log returns of one session, step by step."""
    clock = np.linspace(-1, 1, QUOTES - 1)
    busy = 0.7 + 0.9 * clock**2  # more happens near the open and the close
    size = calm * busy / np.sqrt((busy**2).sum())
    lead = LEAD_DAY * size * random.standard_normal(QUOTES - 1)
    own = OWN_DAY * size * random.standard_normal(QUOTES - 1)
    late = np.convolve(lead, np.r_[0, np.full(LAGS, echo / LAGS)])[: QUOTES - 1]
    return lead, BETA * lead + late + own


def main() -> None:
    """Write the two files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--echo", type=float, default=0.6, help="share of a move of LEAD that FOLW repeats late")
    echo = parser.parse_args().echo
    random = np.random.default_rng(2025)
    prices, calm, day = np.array([180.0, 60.0]), 1.0, FIRST
    with Path("lead.csv").open("w", newline="") as a, Path("folw.csv").open("w", newline="") as b:
        files = [csv.writer(a), csv.writer(b)]
        for file in files:
            file.writerow(["time", "bid", "ask"])
        for _ in range(DAYS):
            prices = prices * np.exp(0.004 * random.standard_normal() + 0.003 * random.standard_normal(2))  # overnight
            calm = np.exp(0.9 * np.log(calm) + 0.15 * random.standard_normal())
            paths = [np.exp(np.r_[0, part.cumsum()]) for part in session(random, calm, echo)]
            for n in range(QUOTES):
                for file, price, path in zip(files, prices, paths, strict=True):
                    bid = round(price * path[n], 2)
                    file.writerow([(day + n * STEP).isoformat(), f"{bid:.2f}", f"{bid + SPREAD:.2f}"])
            prices = prices * [path[-1] for path in paths]
            day += timedelta(days=3 if day.weekday() == 4 else 1)


if __name__ == "__main__":
    main()
