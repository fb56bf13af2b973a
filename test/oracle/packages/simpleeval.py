# sources: simpleeval.py
import simpleeval


def evaluate():
    return [
        simpleeval.simple_eval("1 + 2 * x", names={"x": 5}),
        simpleeval.simple_eval("f(3) if a > 1 else 0", names={"a": 2}, functions={"f": lambda x: x * x}),
    ]


def refuse():
    said = []
    for text in ["__import__('os')", "9**9**9", "x", "a.__class__", "'a' * 10000000"]:
        try:
            simpleeval.simple_eval(text, names={"a": 1})
        except Exception as error:
            said.append([type(error).__name__, str(error)[:60]])
    return said


def compound():
    return (
        simpleeval.EvalWithCompoundTypes(names={"a": [1, 2, 3]}).eval("[x * 2 for x in a if x > 1] + [len(a)]")
        if False
        else simpleeval.EvalWithCompoundTypes(names={"a": [1, 2]}).eval("[a[0], {'k': 2}['k']]")
    )
