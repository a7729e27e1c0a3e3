"""Array types, and sums over large arrays in bounded memory."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Flags = npt.NDArray[np.bool_]
type Returns = npt.NDArray[np.floating]  # days x trials

CELLS = 2**21  # values of one temporary array: 16 MB


def chunks(rows: int, columns: int) -> Iterator[slice]:
    """Slices over the columns of an array of so many rows, each of at most CELLS values."""
    width = max(1, CELLS // max(1, rows))
    return (slice(n, min(n + width, columns)) for n in range(0, columns, width))


def standardised(returns: Returns) -> Floats:
    """Each column less its mean, over its standard deviation (ddof 1); 0 where a column has no variation."""
    values = np.asarray(returns, np.float64)
    centred = values - values.mean(axis=0)
    spread = deviation(values)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)


def deviation(values: Floats) -> Floats:
    """Standard deviation (ddof 1) of each column, exactly 0 where all its values are equal."""
    spread = values.std(axis=0, ddof=1)
    return np.where(np.ptp(values, axis=0) > 0, spread, 0.0)
