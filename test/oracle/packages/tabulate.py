# sources: tabulate
import tabulate

ROWS = [["spam", 41.9999], ["eggs", "451.0"], ["bacon", None]]


def draw_plain():
    return tabulate.tabulate(ROWS, headers=["item", "size"])


def draw_grid():
    return tabulate.tabulate({"a": [1, 2], "b": ["x", "yy"]}, headers="keys", tablefmt="grid", stralign="right")


def draw_others():
    return [tabulate.tabulate(ROWS, tablefmt=name, floatfmt=".2f", showindex=True) for name in ["github", "html", "latex", "rst"]]
