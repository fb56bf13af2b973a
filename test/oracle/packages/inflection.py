# sources: inflection.py
import inflection


def inflect_words():
    return [
        [inflection.pluralize(word), inflection.singularize(word + "s")]
        for word in ["post", "octopus", "sheep", "person", "matrix", "query"]
    ]


def change_case():
    return [
        inflection.camelize("device_type"),
        inflection.underscore("DeviceType"),
        inflection.titleize("man from_the boondocks"),
        inflection.humanize("author_id"),
    ]


def name_things():
    return [
        inflection.ordinalize(3),
        inflection.ordinal(11),
        inflection.parameterize("Donald E. Knuth"),
        inflection.tableize("RawScaledScorer"),
        inflection.dasherize("a_b"),
    ]
