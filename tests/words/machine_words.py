"""What of the machine must not reach people, and how it is found in a text."""

import re

from lifecycle.machines import MACHINES

MACHINE_WORDS = {
    "a code": r"\b[a-z]+[0-9]*(?:_[a-z0-9]+)+\b",
    "an id": r"\b(?:org|st|inv|game|sub|file|cmp|whe|evt|key|ivt)_[0-9a-zA-Z]{4,}",
    "an action": rf"\b(?:{'|'.join(MACHINES)})\.[a-z_]+\b",
    "a repr": r"<[a-z_.]+ object|datetime\.|Decimal\(|\b(?:None|True|False)\b|[\[{]'|'[\]}]",
    "a duration of a machine": r"\bP(?:\d+D)?T\d|\d+ days?, \d+:\d\d|\d:\d\d:\d\d\.\d|\d\.\d{7,}|\b0:00:00\b",
    "a message with a hole": r"\{[a-z_]+\}",
    "a role": r"(?m)^(?:Operator|Clock|Pipeline|Provider|operator|clock|pipeline|provider|admin|finance)$",
}


def machine_words_in(text: str, *ignored: str) -> list[str]:
    """What of the machine a text shows, with what it is."""
    return [
        f"{what}: {found.group().strip()} (…{text[max(0, found.start() - 40) : found.end() + 20]}…)"
        for what, pattern in MACHINE_WORDS.items()
        if what not in ignored
        for found in re.finditer(pattern, text)
    ]
