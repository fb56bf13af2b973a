# sources: mistune
import mistune


def render_html():
    return mistune.html("# a\n\n- b\n- c\n\n`d` <e@f.g>\n\n| x | y |\n|---|---|\n| 1 | 2 |\n")


def render_tree():
    return mistune.create_markdown(renderer=None)("para *em*\n\n```py\ncode\n```\n")


def render_plugins():
    return mistune.create_markdown(plugins=["strikethrough", "footnotes", "task_lists"])("~~a~~[^1]\n\n- [x] done\n\n[^1]: note\n")
