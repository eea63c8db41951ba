"""The descriptions of an OpenAPI document, for readers of an API: what docstrings say of a model's fields stands at them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

SECTION = re.compile(r"\n\n(Attributes|Args|Raises|Returns|Yields):\n")
FIELD = re.compile(r"^    (\w+): ", re.MULTILINE)


def describe(document: Mapping[str, Any]) -> None:
    """Put what docstrings say where readers of an API look for it, and leave out what only programmers of ours need."""
    for schema in document.get("components", {}).get("schemas", {}).values():
        text, *sections = SECTION.split(schema.get("description", ""))
        if sections:
            schema["description"] = text
            said = dict(zip(sections[::2], sections[1::2], strict=True))
            describe_fields(schema, dict(fields_in(said.get("Attributes", ""))))
    for part in parts_of(document):
        if isinstance(written := part.get("description"), str):
            plain = SECTION.split(written)[0].replace("``", "`")
            part["description"] = plain[:1].upper() + plain[1:]


def fields_in(section: str) -> Iterator[tuple[str, str]]:
    """What a docstring's section says of each name, in one line."""
    _, *found = FIELD.split(section)
    for name, text in zip(found[::2], found[1::2], strict=True):
        yield name, " ".join(text.split())


def describe_fields(schema: dict[str, Any], fields: Mapping[str, str]) -> None:
    """Say at each property what it is, unless that is said already; of an enumeration, say it of its values."""
    properties = schema.get("properties", {})
    for name in fields.keys() & properties.keys():
        properties[name].setdefault("description", fields[name])
    values = [
        f"* `{name.lower()}`: {text}"
        for name, text in fields.items()
        if name.lower() in schema.get("enum", ())
    ]
    if values:
        schema["description"] = "\n".join((schema["description"], "", *values))


def parts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, whole examples left out: what stands in those is nobody's description."""
    if isinstance(value, dict):
        yield value
        for name, part in value.items():
            if name not in ("example", "examples"):
                yield from parts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from parts_of(part)
