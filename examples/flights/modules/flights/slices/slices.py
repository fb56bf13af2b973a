"""Bands of distance with about equally many flights: a model can be good on the whole and bad on the long ones."""

from itertools import pairwise

import pandas as pd


def slices(features: pd.DataFrame, bands: int = 4):
    distance = features.loc[features["split"] == "held_out", "distance"]
    edges = sorted(set(distance.quantile([index / bands for index in range(bands + 1)])))
    rows = [{"name": f"{low:.0f} to {high:.0f} miles", "low": float(low), "high": float(high)} for low, high in pairwise(edges)]
    return {"slices": pd.DataFrame(rows)}
