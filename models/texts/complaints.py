"""What is wrong with a value, in sentences that say what to do; never the value itself, never a regular expression."""

import re
from collections.abc import Mapping
from typing import Any

from models.identity import EMAIL
from models.texts.sentences import Sentence

OTHERWISE = Sentence("Write it in the form that the API’s documentation shows.")
COPY_ID = Sentence("Copy the id unchanged, as this API has answered with it.")

WORDS_FOR: tuple[tuple[str, Sentence], ...] = (
    (r"^[A-Z]{2}$", Sentence("Choose a country: two capital letters (ISO 3166), such as DE.")),
    (EMAIL, Sentence("Write one e-mail address, such as ada@example.org.")),
    (r"^[A-Z]{3}$", Sentence("Choose a currency: three capital letters (ISO 4217), such as USD.")),
    (r"^[a-z]{3}$", Sentence("Choose a currency: three small letters, such as usd.")),
    (
        r"^[0-9a-f]{64}$",
        Sentence("Copy the SHA-256 unchanged: it has 64 digits and letters from a to f."),
    ),
    (
        r"^https://[^\s]+$",
        Sentence("Write an address without spaces that begins with https://, such as https://example.com."),
    ),
    (r"^[a-z0-9_]+$", Sentence("Write a code of small letters, digits and underscores.")),
    (
        r"^[a-z_]+\.[a-z_]+$",
        Sentence("Write an action as allowed_actions names it, such as invoice.approve."),
    ),
    (
        r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3})?$",
        Sentence(
            "Write a language tag, such as en, zh-CN or pt-BR, or leave it empty for the browser’s own language."
        ),
    ),
    (r"^[A-Za-z0-9_./:@+-]{1,300}$", Sentence("Copy the reference unchanged, as it was given to you.")),
)
"""What is asked for where a pattern is the whole rule."""

TOLD_APART: tuple[tuple[str, Sentence | str], ...] = (
    (r"\^org_\[[^]]*\]\+/.*", Sentence("Write an organization’s id, a slash and a document’s id.")),
    (r"\^([a-z]+[_/])\[[^]]*\](\{[0-9,]+\}|\+)\$", "Copy the id unchanged; it begins with {named}."),
    (r"\^\[0-9\]\{[0-9,]+\}\$", Sentence("Copy the number unchanged, as this API has answered with it.")),
    (r"\^\(?\(?([a-z_]+(?:\|[a-z_]+)+)\)?.*\$", "Write one of these: {named}."),
    (r"\^\[(0-9A-Za-z_|a-z_).*", COPY_ID),
    (
        r"\^\[\^.*",
        Sentence("Write one line without control characters; type it by hand if it was copied."),
    ),
    (r"\^\[\\x21-\\x7e\].*", Sentence("Copy the person’s id unchanged, as the list of members names it.")),
)
"""What kinds of patterns ask for, by how they are written; ``{named}`` is what the pattern names."""

FILL_IN = Sentence("Fill this in.")
A_TEXT, A_LIST, PARTS = (
    "Write this as a text.",
    "Write this as a list.",
    "Write this as an object with fields.",
)
A_NUMBER, WHOLE_NUMBER = "Write a number, such as 12.5.", "Write a whole number, such as 12."
A_DAY, A_MOMENT = "Write a day, such as 2026-01-31.", "Write a moment, such as 2026-01-31T12:00:00Z."
YES_OR_NO = "Say yes or no: true or false."
AN_ADDRESS = "Write an address, such as https://example.com."

KINDS: Mapping[str, str] = {
    "missing": FILL_IN,
    "extra_forbidden": "This is not known here. Leave it out, or check how it is spelled.",
    "model_type": PARTS,
    "model_attributes_type": PARTS,
    "dict_type": PARTS,
    "greater_than": "Write more than {gt}.",
    "greater_than_equal": "Write {ge} or more.",
    "less_than": "Write less than {lt}.",
    "less_than_equal": "Write {le} or less.",
    "multiple_of": "Write a multiple of {multiple_of}.",
    "finite_number": A_NUMBER,
    "too_short": "Name at least {min_length}.",
    "too_long": "Name {max_length} or fewer.",
    "list_type": A_LIST,
    "tuple_type": A_LIST,
    "set_type": A_LIST,
    "string_type": A_TEXT,
    "string_unicode": A_TEXT,
    "string_too_short": "Write {min_length} characters or more.",
    "string_too_long": "Write {max_length} characters or fewer.",
    "string_not_ascii": "Use only letters A to Z, digits and usual signs.",
    "enum": "Choose one of these: {expected}.",
    "literal_error": "Choose one of these: {expected}.",
    "union_tag_invalid": "Choose one of these: {expected_tags}.",
    "union_tag_not_found": "Say of which kind it is.",
    "bool_type": YES_OR_NO,
    "bool_parsing": YES_OR_NO,
    "int_type": WHOLE_NUMBER,
    "int_parsing": WHOLE_NUMBER,
    "int_parsing_size": "Write a smaller number.",
    "int_from_float": WHOLE_NUMBER,
    "float_type": A_NUMBER,
    "float_parsing": A_NUMBER,
    "decimal_type": A_NUMBER,
    "decimal_parsing": A_NUMBER,
    "decimal_max_digits": "Write {max_digits} digits or fewer.",
    "decimal_max_places": "Write {decimal_places} digits or fewer after the point.",
    "decimal_whole_digits": "Write {whole_digits} digits or fewer before the point.",
    "date_type": A_DAY,
    "date_parsing": A_DAY,
    "date_from_datetime_parsing": A_DAY,
    "date_from_datetime_inexact": A_DAY,
    "date_past": "Write a day in the past.",
    "date_future": "Write a day in the future.",
    "time_type": "Write a time, such as 12:00.",
    "time_parsing": "Write a time, such as 12:00.",
    "datetime_type": A_MOMENT,
    "datetime_parsing": A_MOMENT,
    "datetime_object_invalid": A_MOMENT,
    "datetime_from_date_parsing": A_MOMENT,
    "datetime_past": "Write a moment in the past.",
    "datetime_future": "Write a moment in the future.",
    "timezone_aware": A_MOMENT,
    "url_type": AN_ADDRESS,
    "url_parsing": AN_ADDRESS,
    "url_syntax_violation": AN_ADDRESS,
    "url_scheme": AN_ADDRESS,
    "url_too_long": "Write {max_length} characters or fewer.",
    "json_invalid": "Send JSON; this cannot be read as JSON.",
    "json_type": "Send JSON; this cannot be read as JSON.",
}
"""What each kind of error of pydantic says to people; names in braces are those of its context."""


def texts() -> tuple[str, ...]:
    """The texts of the tables that are no sentences yet, for translators."""
    return (*KINDS.values(), *(words for _, words in TOLD_APART if not isinstance(words, Sentence)))


def in_words(error: Mapping[str, Any]) -> Sentence:
    """What one of pydantic's errors says is wrong, and what to do."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return words_for(str(context["pattern"]))
    if kind in ("value_error", "assertion_error"):
        return own_words(context.get("error"))
    if kind == "string_too_short" and context["min_length"] == 1:
        return FILL_IN
    text = KINDS.get(kind, OTHERWISE)
    return Sentence(text, **{name: worded(value) for name, value in context.items() if f"{{{name}}}" in text})


def own_words(error: object) -> Sentence:
    """What a check of ours says that has raised a sentence."""
    match error:
        case Exception(args=(Sentence() as words,)):
            return words
    return OTHERWISE


def worded(value: object) -> str | int:
    """A limit, or the values that are asked for: without quotation marks, and the last one as the others."""
    return value if isinstance(value, int) else re.sub(r" or (?=')", ", ", str(value)).replace("'", "")


def words_for(pattern: str) -> Sentence:
    """What a pattern asks for, in words."""
    for exact, words in WORDS_FOR:
        if pattern == exact:
            return words
    for form, said in TOLD_APART:
        if found := re.fullmatch(form, pattern, re.DOTALL):
            if isinstance(said, Sentence):
                return said
            return Sentence(said, named=found[1].replace("|", ", "))
    return OTHERWISE
