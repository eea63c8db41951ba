"""The ledger: a double-entry journal for each organization, its entries chained by their hashes.

Amounts are micro-units (millionths of the currency's major unit), so that what was earned is booked exactly.
What goes into a hash is described in docs/ledger.md, for everybody who wants to check it.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from models.money import EXPONENTS, MICROS


class Account(StrEnum):
    """Where money of an organization can be.

    The first seven say where the gross of statements went, the next five how far what is owed has come, and the last
    what was paid more than is owed, which the organization must give back.
    """

    GROSS = "gross"
    REFUNDS = "refunds"
    PLATFORM_SHARE = "platform_share"
    ROUNDING = "rounding"
    TAX_WITHHELD = "tax_withheld"
    APPEALS = "appeals"
    CARRIED_FORWARD = "carried_forward"
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    INVOICED = "invoiced"
    IN_TRANSIT = "in_transit"
    PAID_OUT = "paid_out"
    OVERPAID = "overpaid"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry.

    Attributes:
        document_id: whose money it is, ``statement/…`` or ``payout/…``.
        amount_micros: debit positive, credit negative; never 0.
    """

    account: str
    document_id: str
    amount_micros: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What one command, or one statement's issue, moved; its postings add up to 0.

    Attributes:
        position: 1 for an organization's first entry, one more for each further one.
        event: the action that moved the money, for example ``statement.confirm``.
        document_id: what that action was about.
        command_id: what makes the entry unique in its organization.
        at: programme time.
        recorded_at: real time.
        previous_hash: the hash of the entry before; of the first one: ``genesis``.
    """

    organization_id: str
    position: int
    event: str
    document_id: str
    command_id: str
    at: datetime
    recorded_at: datetime
    currency: str
    postings: Collection[Posting]
    previous_hash: str

    def canonical(self) -> str:
        """The text that is hashed: JSON with sorted keys, no spaces, ASCII only."""
        return canonical_json(
            {
                "at": moment(self.at),
                "command_id": self.command_id,
                "currency": self.currency,
                "document_id": self.document_id,
                "event": self.event,
                "organization_id": self.organization_id,
                "position": self.position,
                "postings": [
                    {
                        "account": posting.account,
                        "amount_micros": posting.amount_micros,
                        "document_id": posting.document_id,
                    }
                    for posting in self.postings
                ],
                "previous_hash": self.previous_hash,
                "recorded_at": moment(self.recorded_at),
            }
        )

    def hash(self) -> str:
        """The SHA-256 of the canonical text, in hex."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of an organization's chain; position 0 before the first."""

    organization_id: str
    position: int
    hash: str


def genesis(organization_id: str) -> Head:
    """Where an organization's chain begins; it names the organization and the format."""
    text = f"monetization ledger 1\n{organization_id}"
    return Head(organization_id, 0, hashlib.sha256(text.encode()).hexdigest())


canonical_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
"""A value as JSON in the one way in which the ledger writes it."""


def moment(at: datetime) -> str:
    """A moment in UTC with all six digits of its microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def in_words(amount_micros: int, currency: str) -> str:
    """An amount for people, with as many digits as it needs: ``USD 1,204.50`` or ``USD -0.000001``."""
    exponent = EXPONENTS.get(currency, 2)
    whole, rest = divmod(abs(amount_micros), MICROS)
    digits = f"{rest:06}"
    digits = digits[:exponent] + digits[exponent:].rstrip("0")
    sign = "-" if amount_micros < 0 else ""
    return f"{currency} {sign}{whole:,}.{digits}" if digits else f"{currency} {sign}{whole:,}"


def micros_of_minor_unit(currency: str) -> int:
    """How many micro-units a minor unit of a currency has: 10,000 for USD."""
    return MICROS // int(10 ** EXPONENTS[currency])
