"""The kinds of model that can be trained."""

from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

SEED = 0


def create_ridge():
    return make_pipeline(StandardScaler(), PolynomialFeatures(degree=2, include_bias=False), Ridge(alpha=1.0))


def create_forest():
    # A tenth of the flights per tree, on one core: it fits in seconds, and always to the same trees.
    return RandomForestRegressor(n_estimators=40, max_depth=12, min_samples_leaf=20, max_samples=0.1, n_jobs=1, random_state=SEED)


def create_boosting():
    return HistGradientBoostingRegressor(
        loss="absolute_error", learning_rate=0.1, max_iter=100, max_leaf_nodes=31, early_stopping=False, random_state=SEED
    )


KINDS = {"ridge": create_ridge, "forest": create_forest, "boosting": create_boosting}


def create_estimator(kind: str):
    if kind not in KINDS:
        raise ValueError(f"unknown kind of model {kind!r}: use one of {', '.join(KINDS)}")
    return KINDS[kind]()
