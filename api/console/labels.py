"""Which field of a page a problem is about: by the label that stands at it, whatever the page calls it."""

import re
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple

from api.console.formatting import say
from words.labels import label_of, path_of

ID = re.compile(r'<(?:input|select|textarea|fieldset)\b[^>]*?\bid="([^"]+)"')
HIDDEN = re.compile(r'<input\b[^>]*type="hidden"[^>]*>')
LABEL = re.compile(r'<label for="([^"]+)">(.*?)</label>', re.DOTALL)
GROUP = re.compile(r'<fieldset\b[^>]*?\bid="([^"]+)"[^>]*>\s*<legend>(.*?)</legend>', re.DOTALL)
AROUND = re.compile(r'<label><input\b[^>]*?\bid="([^"]+)"[^>]*>(.*?)</label>', re.DOTALL)
ASIDE = re.compile(r'<span class="quiet">.*?</span>|<[^>]*>', re.DOTALL)


class Place(NamedTuple):
    """Where a field stands on a page.

    Attributes:
        id: of the element that a link leads to; empty where the page has none.
        label: what the page calls the field.
    """

    id: str
    label: str


def field_in(name: str, page: str) -> Place:
    """A field, or the first one of a group, on a page that is drawn.

    Args:
        name: its dotted name, such as ``bank.iban``, or that of a group, such as ``bank``.
    """
    if not name:
        return Place("", "")
    ids = ID.findall(HIDDEN.sub("", page))
    own = next((each for each in (name, *parents(name)) if each in ids), "")
    found = own or next((each for each in ids if each.startswith(f"{name}.")), "")
    if own:
        return Place(own, labels(page).get(own) or label_of(own))
    return Place(found, " · ".join(map(say, path_of(name))))


def parents(name: str) -> list[str]:
    """The list that an item is in: ``file_ids.0`` stands in ``file_ids``."""
    above, _, last = name.rpartition(".")
    return [above] if above and last.isdecimal() else []


def labels(page: str) -> Mapping[str, str]:
    """What a page calls each of its fields, by id."""
    found = [*LABEL.findall(page), *GROUP.findall(page), *AROUND.findall(page)]
    return {name: " ".join(unescape(ASIDE.sub("", words)).split()) for name, words in found}
