"""A plain function of a data frame: this module imports nothing of Cairn."""

import pandas as pd

MINUTES_PER_DAY = 24 * 60
KEPT = ["month", "carrier", "origin", "dest", "distance", "dep_delay", "arr_delay"]


def clean(flights: pd.DataFrame, expected_rows: int = 336_776):
    cleaned = flights[KEPT].copy()
    dates = pd.to_datetime(flights[["year", "month", "day"]])
    cleaned["day_of_year"] = dates.dt.day_of_year.astype("int64")
    cleaned["weekday"] = dates.dt.day_of_week.astype("int64")
    cleaned["dep_minute"] = to_minutes(flights["sched_dep_time"])
    cleaned["block_minutes"] = to_block_minutes(flights)
    # Marked, not dropped: later steps decide which flights they can use, and every count still adds up.
    cleaned["has_arrival"] = flights["dep_delay"].notna() & flights["arr_delay"].notna()
    if len(cleaned) != expected_rows:
        raise ValueError(f"clean has {len(cleaned):,} flights, expected {expected_rows:,}")
    return {"clean": cleaned}


def to_minutes(clock: pd.Series) -> pd.Series:
    """Minutes since midnight of a clock reading written as HHMM."""
    return clock // 100 * 60 + clock % 100


def to_block_minutes(flights: pd.DataFrame) -> pd.Series:
    """Scheduled time from gate to gate, as the two local clocks show it: the time zone of the destination is in it."""
    return (to_minutes(flights["sched_arr_time"]) - to_minutes(flights["sched_dep_time"])) % MINUTES_PER_DAY
