"""The module of the task that a spare worker rehearses; nobody else imports it."""


def run(first: dict, second: int = 1) -> dict:  # type: ignore[type-arg]
    return {"out": {"first": first, "second": second}}
