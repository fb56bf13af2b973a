# sources: markdown
import markdown

TEXT = """# Title

A *b* **c** [d](http://e.f "g").

* one
* two

    code

> quote

| a | b |
|---|---|
| 1 | 2 |
"""


def render_plain():
    return markdown.markdown(TEXT)


def render_tables():
    return markdown.markdown(TEXT, extensions=["markdown.extensions.tables", "markdown.extensions.toc"])


def render_code():
    return markdown.markdown(
        "```python\nx = 1\n```\n\nTerm\n: text\n\n*[HTML]: H\nHTML",
        extensions=["markdown.extensions.fenced_code", "markdown.extensions.def_list", "markdown.extensions.abbr"],
    )
