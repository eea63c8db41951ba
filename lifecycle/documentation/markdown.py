"""Pieces of Markdown, for the documents that are written from the data."""

import re
from collections.abc import Iterable


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def between(page: str, name: str, text: str) -> str:
    """A page with a text between the markers ``<!-- name:begin -->`` and ``<!-- name:end -->``, if it has them."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, begun, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    return f"{before}{begin}\n{text}\n{end}{after}" if begun and ended else page


def general(text: str) -> str:
    """A sentence of the machines for the documentation: what is filled in later stands as a word, in italics."""
    return re.sub(r"\{(\w+)\}", r"*\1*", text)
