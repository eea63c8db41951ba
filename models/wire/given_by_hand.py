"""Messages that were given by hand in Temporal: how one is found again in a history, and what it says of its sender."""

import hashlib
from collections.abc import Iterable

CANCELLED = "cancelled"
"""Stands for a request to cancel the workflow, which says nothing else."""

MOST_NAMED, LONGEST = 3, 100


def fingerprint(content: bytes) -> str:
    """By what a message is known in a history without being kept."""
    return hashlib.sha256(content).hexdigest()[:32]


def claim(identities: Iterable[str]) -> str:
    """Who a message came from, as Temporal was told: on one line, bounded, several of them where it came several times."""
    named = list(dict.fromkeys(cleaned(identity) or "nobody" for identity in identities))
    return ", ".join(sorted(named[:MOST_NAMED])) + (" and others" if len(named) > MOST_NAMED else "")


def cleaned(text: str) -> str:
    """A stranger's text without anything that cannot be seen."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
