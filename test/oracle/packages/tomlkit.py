# sources: tomlkit
import tomlkit


def keep_layout():
    document = tomlkit.parse('# first\n[a]\nx = 1 # one\n\n[b]\ny = "two"\n')
    document["a"]["x"] = 5
    document["b"].add("z", [1, 2, 3])
    return tomlkit.dumps(document)


def build_document():
    document = tomlkit.document()
    document.add(tomlkit.comment("made"))
    table = tomlkit.table()
    table.add("name", "x")
    table["when"] = tomlkit.date("2020-01-02")
    document["table"] = table
    items = tomlkit.aot()
    items.append(tomlkit.item({"a": 1}))
    document["items"] = items
    return document.as_string()


def read_values():
    document = tomlkit.parse('a = 1\nb = [1, 2]\nc = {d = "e"}\n')
    return [document["a"] + 1, list(document["b"]), document["c"]["d"], sorted(document.unwrap())]
