"""Documents that somebody sends who wants the gateway to stop, and the limit that refuses each.

They are for a schema whose `Query` has a field `viewer { role }`, a `Viewer`.
"""


def doubling(times: int, leaf: str = "role") -> str:
    """Return a short document that has *leaf* 2 to the power of *times* times."""
    inner = (f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }}" for n in range(times))
    return f"{{ viewer {{ ...f0 }} }} {' '.join(inner)} fragment f{times} on Viewer {{ {leaf} }}"


def chain(length: int) -> str:
    """Return a document whose fragments are *length* deep in each other."""
    inner = (f"fragment f{n} on Viewer {{ ...f{n + 1} }}" for n in range(length))
    return f"{{ viewer {{ ...f0 }} }} {' '.join(inner)} fragment f{length} on Viewer {{ role }}"


def many(count: int, part: str) -> str:
    """Return *count* of *part*, numbered."""
    return " ".join(part.replace("#", str(n)) for n in range(count))


def nested(depth: int, opening: str, inside: str) -> str:
    """Return *inside* within *depth* of *opening*."""
    return f"{opening} {{ " * depth + inside + " }" * depth


DOCUMENTS = {
    "3,000 aliases": ("{ " + many(3_000, "a#: viewer { role }") + " }", "tokens"),
    "400 aliases": ("{ viewer { " + many(400, "a#: role") + " } }", "aliases"),
    "aliases behind fragments": (
        "{ viewer { ...f ...f ...f ...f ...f } } "
        "fragment f on Viewer { " + many(30, "a#: role") + " }",
        "aliases",
    ),
    "25 nested fragments": (doubling(25), "fields"),
    "25 nested fragments of aliases": (doubling(25, "a: role"), "aliases"),
    "25 nested fragments of directives": (doubling(25, "role @skip(if: true)"), "directives"),
    "199 nested fragments": (doubling(199), "fields"),
    "a chain of 300 fragments": (chain(300), "fragments"),
    "depth 5,000": ("{ " + nested(5_000, "a", "a") + " }", "depth"),
    "depth 300": ("{ " + nested(300, "viewer", "role") + " }", "depth"),
    "depth 21": ("{ " + nested(20, "viewer", "role") + " }", "depth"),
    "depth 21 by a fragment": (
        "{ " + nested(10, "viewer", "...f") + " } "
        "fragment f on Viewer { " + nested(10, "viewer", "role") + " }",
        "depth",
    ),
    "deep introspection": (
        "{ __schema { types { " + nested(10, "fields { type", "name") + " }" * 13,
        "depth",
    ),
    "a list 5,000 deep": ('{ node(id: ' + "[" * 5_000 + "]" * 5_000 + ") { id } }", "depth"),
    "20,000 directives": ("{ viewer { role " + "@a " * 20_000 + "} }", "tokens"),
    "900 directives": ("{ viewer { role " + "@a " * 900 + "} }", "directives"),
    "700 fields of an input": (
        "{ viewer(x: { " + many(700, "a#: 1") + " }) { role } }", "values"
    ),
    "60,000 fields": ("{ " + "a " * 60_000 + "}", "document_characters"),
    "40,000 fields": ("{ " + "a " * 40_000 + "}", "tokens"),
    "60,000 fields by fragments": (
        "{ viewer { " + "...f " * 200 + "} } fragment f on Viewer { " + "role " * 300 + "}",
        "fields",
    ),
    "500 root fields": ("{ " + "viewer { role } " * 500 + "}", "root_fields"),
    "500 operations": (many(500, "query q# { a }"), "operations"),
    "a comment of a megabyte": ("#" * 1_000_000 + "\n{ viewer { role } }", "document_characters"),
    "a string of a megabyte": ('{ node(id: "' + "x" * 1_000_000 + '") { id } }',
                               "document_characters"),
    "30,000 comments": ("#\n" * 30_000 + "{ viewer { role } }", "tokens"),
}  # fmt: skip
"""What it is -> the document, the limit."""
