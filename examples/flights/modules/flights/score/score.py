"""Judges a model on one slice of what it has not seen."""

from errors import to_mae

from cairn import Table


def score(model: dict, features: Table, slice: dict):
    frame = features.pandas()
    held_out = frame[frame["has_arrival"] & (frame["split"] == "held_out")]
    inside = held_out[held_out["distance"].between(slice["low"], slice["high"])]
    left = inside["dep_delay"].to_numpy()
    actual = inside["arr_delay"].to_numpy()
    predicted = left + model["estimator"].predict(inside[model["columns"]].to_numpy())
    mae = to_mae(actual, predicted)
    carry_over_mae = to_mae(actual, left)
    measured = {"mae": mae, "carry_over_mae": carry_over_mae, "flights": len(inside)}
    return {"score": {"slice": slice["name"], **measured}, "metrics": measured}
