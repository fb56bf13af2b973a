"""Chooses between trained models. The held-out months play no part in it."""


def select(candidates: list):
    ranked = sorted(candidates, key=lambda candidate: (candidate["validation_mae"], candidate["kind"]))
    ranking = [{"kind": candidate["kind"], "validation_mae": candidate["validation_mae"]} for candidate in ranked]
    return {"model": ranked[0], "ranking": ranking}
