"""How wrong predictions are."""

import numpy as np


def to_mae(actual: np.ndarray, predicted: np.ndarray) -> float:
    """Mean absolute error, in the unit of the values (minutes)."""
    return float(np.abs(actual - predicted).mean())
