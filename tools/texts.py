"""What tables, machines, forms and problems say, for Babel: their texts are keys for translators like those of templates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from babel import Locale

import words.texts
from api.console.formatting import capitalized
from api.http.problems import TITLES
from forms.bank.countries import bank_country
from forms.bank.numbers import LABELS, ON_STATEMENTS, TYPES
from lifecycle import in_words
from models.texts import complaints
from models.webhooks import WebhookType


def extract(
    source: BinaryIO, keywords: Mapping[str, Any], comment_tags: Sequence[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Every text, as Babel asks of an extractor; it is named in ``words/locale/babel.cfg``."""
    for text in dict.fromkeys(
        (
            *words.texts.texts(),
            *in_words.texts(),
            *TITLES.values(),
            *complaints.texts(),
            *of_banks(),
            *of_webhooks(),
        )
    ):
        if text:
            yield 1, "_", text, []


def of_banks() -> Iterator[str]:
    """What numbers of bank accounts are called in each country, what they look like, and where they stand."""
    countries = [code for code in sorted(Locale.parse("en").territories) if len(code) == 2]
    shapes = [shape for code in countries for shape in bank_country(code).shapes.values()]
    labels = (*LABELS.values(), *(shape.label for shape in shapes))
    yield from (*labels, *map(capitalized, labels), *TYPES.values(), ON_STATEMENTS)
    words = [shape.words for shape in shapes if not shape.options]
    yield from (*words, *map(capitalized, words))
    yield from (shape.where for shape in shapes)


def of_webhooks() -> Iterator[str]:
    """What the types of webhooks mean."""
    yield from (kind.meaning for kind in WebhookType)
