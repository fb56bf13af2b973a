"""What somebody who wants to use the model has to know."""


def card(model: dict, metrics: dict):
    return {
        "card": {
            "task": "minutes that a flight arrives late, from what is known when it leaves the gate",
            "kind": model["kind"],
            "inputs": model["columns"],
            "mae": metrics["mae"],
            "baseline_mae": metrics["baseline_mae"],
            "improvement": metrics["improvement"],
            "limits": "flights from New York in 2013; cancelled and diverted flights are not predicted",
        }
    }
