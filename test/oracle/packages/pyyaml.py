# sources: yaml
import yaml


def read_yaml():
    return str(yaml.safe_load("a: 1\nb: [x, 2.5, ~]\nc: &k {d: 2001-12-14}\ne: *k\nf: |\n  text\n  more\n"))


def write_yaml():
    return yaml.safe_dump({"b": [1, {"c": None}], "a": "x: y", "t": True}, default_flow_style=False)


def refuse():
    try:
        yaml.safe_load("a: [1, 2")
    except yaml.YAMLError as error:
        return str(error)
    return None
