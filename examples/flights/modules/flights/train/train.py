"""Fits one kind of model. What it returns is a dict of plain values and one scikit-learn estimator."""

import numpy as np
import pandas as pd
from estimators import create_estimator

from cairn import Table, log_metric, progress

COLUMNS = ["dep_delay", "dep_minute", "block_minutes", "distance", "weekday", "is_rush", "carrier_pace", "route_pace"]


def train(features: Table, kind: str):
    frame = features.pandas()
    arrived = frame[frame["has_arrival"]]
    training = arrived[arrived["split"] == "train"]
    validation = arrived[arrived["split"] == "validation"]

    estimator = create_estimator(kind)
    progress(0, total=2, message=f"fitting {kind} on {len(training):,} flights")
    # The delay at departure is known exactly, so only what the flight loses or makes up on its way is learnt.
    estimator.fit(training[COLUMNS].to_numpy(), (training["arr_delay"] - training["dep_delay"]).to_numpy())

    progress(1, total=2, message=f"validating on {len(validation):,} flights")
    validation_mae = to_mae(estimator, validation)
    log_metric("validation_mae", validation_mae)
    model = {"kind": kind, "columns": COLUMNS, "estimator": estimator, "validation_mae": validation_mae}
    metrics = {
        "validation_mae": validation_mae,
        "training_flights": len(training),
        "validation_flights": len(validation),
    }
    return {"model": model, "metrics": metrics}


def to_mae(estimator, flights: pd.DataFrame) -> float:
    """Mean absolute error of the predicted arrival delay, in minutes."""
    predicted = flights["dep_delay"].to_numpy() + estimator.predict(flights[COLUMNS].to_numpy())
    return float(np.abs(flights["arr_delay"].to_numpy() - predicted).mean())
