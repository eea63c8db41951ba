"""What is wrong with a value, in words that say what to do; never the value itself, never a regular expression."""

import re
from collections.abc import Mapping
from typing import Any

from models.identity import EMAIL

QUOTING = frozenset(("union_tag_invalid", "json_invalid"))
"""Errors whose own message quotes what was sent."""

WORDS_FOR: tuple[tuple[str, str], ...] = (
    (r"^[A-Z]{2}$", "must be a country as two capital letters (ISO 3166), such as DE"),
    (EMAIL, "must be one e-mail address such as ada@example.org"),
    (r"^[A-Z]{3}$", "must be a currency as three capital letters (ISO 4217), such as USD"),
    (r"^[a-z]{3}$", "must be a currency as three small letters, such as usd"),
    (r"^[0-9a-f]{64}$", "must be a SHA-256 as 64 hexadecimal digits in small letters; copy it unchanged"),
    (r"^https://[^\s]+$", "must be an address that begins with https:// and has no spaces"),
    (r"^[a-z0-9_]+$", "must be a code of small letters, digits and underscores"),
    (r"^[a-z_]+\.[a-z_]+$", "must be an action such as invoice.approve, as `allowed_actions` names it"),
    (
        r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3})?$",
        "must be a language tag such as en, zh-CN or pt-BR, or empty for the browser's own",
    ),
    (r"^[A-Za-z0-9_./:@+-]{1,300}$", "must be the reference unchanged, as it was given to you"),
)
"""What is asked for where a pattern is the whole rule."""

TOLD_APART: tuple[tuple[str, str], ...] = (
    (r"\^org_\[[^]]*\]\+/.*", "must be an organization's id, a slash and a document's id"),
    (r"\^([a-z]+_)\[[^]]*\](\{[0-9,]+\}|\+)\$", "must be an id that begins with {0}; copy it unchanged"),
    (r"\^\[0-9\]\{[0-9,]+\}\$", "must be a number that this API has answered with; copy it unchanged"),
    (r"\^\(?\(?([a-z_]+(?:\|[a-z_]+)+)\)?.*\$", "must be one of {0}"),
    (
        r"\^\[(0-9A-Za-z_|a-z_).*",
        "must be an id or a code that this API has answered with; copy it unchanged",
    ),
    (r"\^\[\^.*", "must be one line without control characters; type it by hand if it was copied"),
    (r"\^\[\\x21-\\x7e\].*", "must be a person's id, as the list of members names it"),
)
"""What kinds of patterns ask for, by how they are written; ``{0}`` is what the pattern names."""

OTHERWISE = "is not in the form that is asked for; the API's documentation shows one"


def in_words(error: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says is wrong; empty where its message would quote what was sent."""
    if error["type"] in QUOTING:
        return ""
    if error["type"] == "string_pattern_mismatch":
        return words_for(str(error["ctx"]["pattern"]))
    return str(error["msg"]).removeprefix("Value error, ")


def words_for(pattern: str) -> str:
    """What a pattern asks for, in words."""
    for exact, words in WORDS_FOR:
        if pattern == exact:
            return words
    for written, words in TOLD_APART:
        if found := re.fullmatch(written, pattern, re.DOTALL):
            return words.format(*(group.replace("|", ", ") for group in found.groups() if group))
    return OTHERWISE
