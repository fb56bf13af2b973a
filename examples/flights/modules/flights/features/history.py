"""Means over the days before a flight, as they were known on its day."""

import numpy as np

# A flight of yesterday may still be in the air, many hours late; one of the day before has landed.
LAG_DAYS = 2
# A group with few flights is drawn to the mean of all, as if it had this many average flights more.
PRIOR_FLIGHTS = 20.0


def earlier_mean(values: np.ndarray, groups: np.ndarray, days: np.ndarray, window: int) -> np.ndarray:
    """
    For each row the mean of its group's values over `window` days, the last of them LAG_DAYS before the row's own day.
    NaN values do not count. Days count from 1. Without any history the mean is 0.
    """
    known = np.isfinite(values)
    shape = (int(groups.max()) + 1, int(days.max()) + 1)
    cells = groups * shape[1] + days
    sums = sum_earlier(np.bincount(cells[known], values[known], shape[0] * shape[1]).reshape(shape), window)
    counts = sum_earlier(np.bincount(cells[known], minlength=shape[0] * shape[1]).reshape(shape), window)
    overall = sums.sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
    means = (sums + PRIOR_FLIGHTS * overall) / (counts + PRIOR_FLIGHTS)
    return means[groups, days]


def sum_earlier(daily: np.ndarray, window: int) -> np.ndarray:
    """Per group and day, the sum over the window that ends LAG_DAYS earlier."""
    days = np.arange(daily.shape[1])
    running = np.concatenate([np.zeros((daily.shape[0], 1)), np.cumsum(daily, axis=1)], axis=1)
    end = np.clip(days - LAG_DAYS + 1, 0, None)
    return running[:, end] - running[:, np.clip(end - window, 0, None)]
