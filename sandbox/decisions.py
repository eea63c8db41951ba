"""How the desks decide: well, unless a magic value in the request or a fault says otherwise. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from pydantic import JsonValue

from models.desks import Desk
from models.documents import Check, Feature, Reason
from models.programme.clock import add_working_days
from providers.http.reviews import ReviewRequest
from sandbox.faults import Fault
from sandbox.problems import Problem
from sandbox.test_values import CHECKS, MAGIC, because

# fmt: off
US_EU = frozenset((
    "US", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR",
    "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))
# fmt: on

ACTIONS: dict[Desk, tuple[str, ...]] = {
    Desk.VERIFICATION: (
        "verification.verify",
        "verification.decline",
        "verification.request_information",
        "verification.reject",
        "verification.refer",
    ),
    Desk.QUALIFICATION: (
        "qualification.approve",
        "qualification.decline",
        "qualification.reject",
        "qualification.refer",
    ),
    Desk.CONTRACTS: ("contract.activate", "contract.decline", "contract.refer"),
    Desk.INTEGRATIONS: ("integration.pass", "integration.fail", "integration.refer"),
    Desk.LAUNCHES: ("launch.approve", "launch.decline", "launch.refer"),
    Desk.TAX_FORMS: (
        "payout_account.accept",
        "payout_account.decline",
        "payout_account.reject",
        "payout_account.refer",
    ),
    Desk.BANK_ACCOUNTS: (
        "payout_account.accept",
        "payout_account.decline",
        "payout_account.request_documents",
        "payout_account.refer",
    ),
    Desk.INVOICES: ("invoice.approve", "invoice.reject", "invoice.refer"),
}
"""What a desk may decide: first its yes, second its usual no, last to leave it to people."""

AT_ONCE = frozenset({Desk.TAX_FORMS, Desk.BANK_ACCOUNTS})
_WORKING_DAYS = {
    Desk.VERIFICATION: (1, 3),
    Desk.QUALIFICATION: (1, 3),
    Desk.CONTRACTS: (1, 2),
    Desk.LAUNCHES: (1, 3),
    Desk.INVOICES: (1, 2),
}


@dataclass(frozen=True)
class Decision:
    """What a desk says, and the magic word that made it say so."""

    action: str
    facts: dict[str, JsonValue] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    magic: str | None = None


def decide(review: ReviewRequest, before: Collection[str], chance: Random) -> Decision:
    """What the desk decides by itself.

    Args:
        before: the magic words that have worked on this document at this desk before.
    """
    texts = list(texts_in(review.fields))
    if review.kind is Desk.TAX_FORMS and any(
        name == "backup_withholding" and value is True for name, value in _entries(review.fields)
    ):
        reason = because("backup_withholding", "The organization is under US backup withholding.")
        return Decision("payout_account.reject", reasons=[reason])
    for magic in MAGIC:
        spent = magic.once and magic.word in before
        if magic.desk is review.kind and not spent and magic.found_in(texts):
            return Decision(magic.action, reasons=list(magic.reasons), magic=magic.word)
    if review.kind is Desk.INTEGRATIONS:
        failing = re.search(r"FAILS-([a-z_]+)", " ".join(texts))
        if failing and failing[0] not in before:
            return Decision(
                "integration.fail", {"checks": _checks(review, failing[1], chance)}, [], failing[0]
            )
    return Decision(ACTIONS[review.kind][0], _facts(review, texts, chance))


def refuse(review: ReviewRequest, fault: Fault, chance: Random) -> Decision:
    """What the desk decides when a fault makes it."""
    action = fault.action if fault.action in ACTIONS[review.kind] else ACTIONS[review.kind][1]
    if action == ACTIONS[review.kind][0]:
        return Decision(action, _facts(review, [], chance) | fault.facts)
    facts: dict[str, JsonValue] = dict(fault.facts)
    if action == "integration.fail":
        facts = {"checks": _checks(review, fault.code or "", chance), **facts}
    reason = Reason(code=fault.code or "refused_on_demand", detail=fault.detail or "Refused, as you asked.")
    return Decision(action, facts, [reason])


def due(desk: Desk, now: datetime, chance: Random) -> datetime:
    """When the desk decides (programme time): some hours before its last working day is over."""
    if desk in AT_ONCE:
        return now
    if desk is Desk.INTEGRATIONS:
        return now + timedelta(minutes=chance.uniform(2, 10))
    days = chance.randint(*_WORKING_DAYS[desk])
    return add_working_days(now, days) - timedelta(hours=chance.uniform(2, 10))


def check_action(desk: Desk, action: str) -> None:
    """Refuse an action that the desk cannot decide on."""
    if action not in ACTIONS[desk]:
        raise Problem(422, "unknown_action", f"{desk.value} decides on: {', '.join(ACTIONS[desk])}")


def _facts(review: ReviewRequest, texts: Collection[str], chance: Random) -> dict[str, JsonValue]:
    match review.kind:
        case Desk.VERIFICATION:
            facts: dict[str, JsonValue] = {"expires_on": _earliest_expiry(review.fields)}
            country = _first(review.fields, "country", "country_of_registration")
            if isinstance(country, str) and re.fullmatch(r"[A-Z]{2}", country):
                facts["country"] = country
            return facts
        case Desk.INTEGRATIONS:
            return {"checks": _checks(review, None, chance)}
        case Desk.LAUNCHES:
            regions = _first(review.fields, "regions")
            if isinstance(regions, list) and US_EU.intersection(str(region) for region in regions):
                restricted = any("RESTRICTED" in text for text in texts)
                return {"us_eu_approval": "approved_with_restrictions" if restricted else "approved"}
    return {}


def _checks(review: ReviewRequest, failing: str | None, chance: Random) -> list[JsonValue]:
    """The checks of a run, all passed but the failing one (an unknown name: the first)."""
    named = _first(review.fields, "feature")
    feature = Feature.IAA if "iaa" in (named, *review.document_id.split("/")) else Feature.IAP
    known = CHECKS[feature]
    if failing is not None and failing not in {name for name, _, _ in known}:
        failing = known[0][0]
    run = []
    for name, why, fix in known:
        if name == failing:
            run.append(Check(name=name, result="failed", why=why, fix=fix))
        elif name == "interstitial" and chance.random() < 0.5:
            run.append(Check(name=name, result="not_run", why="No interstitial placement; it is optional."))
        else:
            run.append(Check(name=name, result="passed"))
    return [check.model_dump() for check in run]


def _entries(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """All named values, however deep, the outer ones first."""
    inner: list[JsonValue] = []
    if isinstance(value, dict):
        yield from value.items()
        inner = list(value.values())
    elif isinstance(value, list):
        inner = value
    for item in inner:
        yield from _entries(item)


def texts_in(value: JsonValue) -> Iterator[str]:
    """All texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def _first(fields: JsonValue, *names: str) -> JsonValue:
    return next((value for name, value in _entries(fields) if name in names), None)


def _earliest_expiry(fields: JsonValue) -> str | None:
    """The earliest date in a field whose name speaks of expiry, as a moment."""
    moments = []
    for name, value in _entries(fields):
        if "expir" in name.lower() and isinstance(value, str):
            try:
                day = date.fromisoformat(value[:10])
            except ValueError:
                continue
            moments.append(datetime(day.year, day.month, day.day, tzinfo=UTC))
    return min(moments).isoformat() if moments else None
