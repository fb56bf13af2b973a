# sources: wcwidth
import wcwidth


def measure():
    return [wcwidth.wcswidth(text) for text in ["abc", "コンニチハ", "e\u0301", "\x1b", "👩‍👧"]]


def measure_one():
    return [wcwidth.wcwidth(text) for text in ["a", "界", "\u0301", "\x00", "\n"]]


def list_versions():
    return [list(wcwidth.list_versions())[-2:], wcwidth.wcwidth("🫠")]
