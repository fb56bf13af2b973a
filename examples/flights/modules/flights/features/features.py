"""What is known about a flight when it leaves the gate."""

import numpy as np
import pandas as pd
from history import earlier_mean

from cairn import Table, progress

# How many days of history count for the pace of a carrier or a route. Change it and run again: this step and those
# below it run, everything above is reused.
WINDOW_DAYS = 28
RUSH_HOURS = range(15, 20)


def build(flights: Table, validation_from: int = 9, held_out_from: int = 11, expected_rows: int = 336_776):
    frame = flights.pandas()
    features = pd.DataFrame(
        {
            "split": to_split(frame["month"], validation_from, held_out_from),
            "has_arrival": frame["has_arrival"],
            "arr_delay": frame["arr_delay"],
            "dep_delay": frame["dep_delay"],
            "dep_minute": frame["dep_minute"].astype("float64"),
            "block_minutes": frame["block_minutes"].astype("float64"),
            "distance": frame["distance"],
            "weekday": frame["weekday"].astype("float64"),
            "is_rush": (frame["dep_minute"] // 60).isin(RUSH_HOURS).astype("float64"),
        }
    )
    progress(1, total=3, message="history of carriers")
    features["carrier_pace"] = to_pace(frame, ["carrier"])
    progress(2, total=3, message="history of routes")
    features["route_pace"] = to_pace(frame, ["carrier", "origin", "dest"])
    if len(features) != expected_rows:
        raise ValueError(f"features has {len(features):,} flights, expected {expected_rows:,}")
    return {"features": features}


def to_split(month: pd.Series, validation_from: int, held_out_from: int) -> np.ndarray:
    """By time, never at random: a model must not learn from the future of what it is judged by."""
    if validation_from >= held_out_from:
        raise ValueError(f"validation_from ({validation_from}) must come before held_out_from ({held_out_from})")
    return np.select([month < validation_from, month < held_out_from], ["train", "validation"], "held_out")


def to_pace(frame: pd.DataFrame, by: list[str]) -> np.ndarray:
    """Minutes that such flights lately lost on the way (negative: made up), so without the delay of their departure."""
    lost = (frame["arr_delay"] - frame["dep_delay"]).where(frame["has_arrival"])
    return earlier_mean(lost.to_numpy(), frame.groupby(by).ngroup().to_numpy(), frame["day_of_year"].to_numpy(), WINDOW_DAYS)
