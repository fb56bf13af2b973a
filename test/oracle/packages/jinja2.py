# sources: jinja2, markupsafe
import jinja2


def render_loop():
    return jinja2.Template("{% for x in items if x > 1 %}{{ loop.index }}:{{ x|e }}{% else %}none{% endfor %}").render(items=[1, 2, 3])


def render_parts():
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(
            {
                "base": "<{% block b %}x{% endblock %}>",
                "page": "{% extends 'base' %}{% block b %}{{ super() }}{{ name|upper }}{% endblock %}",
                "m": "{% macro f(a, b=2) %}{{ a + b }}{% endmacro %}{{ f(1) }}",
            }
        ),
        autoescape=True,
    )
    return [environment.get_template("page").render(name="<a>"), environment.get_template("m").render()]


def refuse():
    said = []
    for text in ["{{ a b }}", "{% if %}", "{{ x.y.z }}"]:
        try:
            said.append(jinja2.Template(text, undefined=jinja2.StrictUndefined).render())
        except jinja2.TemplateError as error:
            said.append([type(error).__name__, error.message])
    return said
