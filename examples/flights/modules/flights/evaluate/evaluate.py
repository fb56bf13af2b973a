"""Judges a model by months that neither its training nor its selection has seen."""

import numpy as np
import pandas as pd

from cairn import Table, log_metric


def evaluate(model: dict, features: Table, min_improvement: float = 0.05):
    frame = features.pandas()
    arrived = frame[frame["has_arrival"]]
    training = arrived[arrived["split"] == "train"]
    held_out = arrived[arrived["split"] == "held_out"]

    metrics = measure(model, training, held_out)
    # Reported before they are judged: a model that is refused shows by how much it missed.
    for name, value in metrics.items():
        log_metric(name, value)
    if metrics["improvement"] < min_improvement:
        raise ValueError(
            f"{model['kind']} has an error of {metrics['mae']:.2f} minutes, the baseline {metrics['baseline_mae']:.2f}:"
            f" {metrics['improvement']:.1%} better, {min_improvement:.1%} needed"
        )
    return {"metrics": metrics}


def measure(model: dict, training: pd.DataFrame, held_out: pd.DataFrame) -> dict[str, float]:
    """
    Errors in minutes. `baseline_mae`: always predicts the median delay of the training months. `carry_over_mae`:
    predicts that a flight arrives as late as it left, which is what a passenger would say.
    """
    actual = held_out["arr_delay"].to_numpy()
    left = held_out["dep_delay"].to_numpy()
    predicted = left + model["estimator"].predict(held_out[model["columns"]].to_numpy())
    mae = to_mae(actual, predicted)
    baseline_mae = to_mae(actual, np.full(len(actual), training["arr_delay"].median()))
    return {
        "mae": mae,
        "baseline_mae": baseline_mae,
        "improvement": 1 - mae / baseline_mae,
        "carry_over_mae": to_mae(actual, left),
        "held_out_flights": float(len(actual)),
    }


def to_mae(actual: np.ndarray, predicted: np.ndarray) -> float:
    return float(np.abs(actual - predicted).mean())
