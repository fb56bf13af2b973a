# sources: chevron
import chevron


def render():
    return chevron.render("{{a}} {{{b}}} {{#c}}<{{.}}>{{/c}}{{^d}}no{{/d}}{{! x }}", {"a": "<", "b": "<", "c": [1, 2]})


def render_partials():
    return chevron.render("{{> p}}|{{=<% %>=}}<% x.y %>", {"x": {"y": 5}}, partials_dict={"p": "part {{x.y}}"})


def refuse():
    said = []
    for text in ["{{#a}}", "{{/a}}", "{{a"]:
        try:
            chevron.render(text, {})
        except chevron.ChevronError as error:
            said.append(str(error))
    return said
