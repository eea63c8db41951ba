"""What the tables of words and the machines say, for Babel: their texts are keys for translators like those of templates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import words.texts
from lifecycle import in_words


def extract(
    source: BinaryIO, keywords: Mapping[str, Any], comment_tags: Sequence[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Every text, as Babel asks of an extractor; it is named in ``api/console/locale/babel.cfg``."""
    for text in dict.fromkeys((*words.texts.texts(), *in_words.texts())):
        if text:
            yield 1, "_", text, []
