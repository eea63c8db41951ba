"""What tables, machines, forms and problems say, for Babel: their texts are keys for translators like those of templates."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from babel import Locale

import forms
import words.texts
from api.console.formatting import capitalized
from api.http.problems import TITLES
from forms.bank.countries import bank_country
from forms.bank.numbers import LABELS, ON_STATEMENTS, TYPES
from lifecycle import in_words
from models.webhooks import WebhookType

FINDS = ("failed", "not_checked")
"""The functions of forms whose words, from the third argument on, are read by people."""


def extract(
    source: BinaryIO, keywords: Mapping[str, Any], comment_tags: Sequence[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Every text, as Babel asks of an extractor; it is named in ``words/locale/babel.cfg``."""
    for text in dict.fromkeys(
        (*words.texts.texts(), *in_words.texts(), *TITLES.values(), *of_forms(), *of_banks(), *of_webhooks())
    ):
        if text:
            yield 1, "_", text, []


def of_forms() -> Iterator[str]:
    """What forms find wrong, where it is said in one piece."""
    for path in sorted(Path(forms.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FINDS:
                for given in node.args[2:]:
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield given.value


def of_banks() -> Iterator[str]:
    """What numbers of bank accounts are called in each country, what they look like, and where they stand."""
    countries = [code for code in sorted(Locale.parse("en").territories) if len(code) == 2]
    shapes = [shape for code in countries for shape in bank_country(code).shapes.values()]
    labels = (*LABELS.values(), *(shape.label for shape in shapes))
    yield from (*labels, *map(capitalized, labels), *TYPES.values(), ON_STATEMENTS)
    yield from (capitalized(shape.words) for shape in shapes if "“" not in shape.words)
    yield from (shape.where for shape in shapes)


def of_webhooks() -> Iterator[str]:
    """What the types of webhooks mean."""
    yield from (kind.meaning for kind in WebhookType)
