"""`organizations why`: why an organization is not paid, on one calm screen."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.markup import escape

from cli import rendering
from lifecycle.views.blockers import Blocker, blockers, counted_by
from lifecycle.views.forecast import ExpectedPayment, Forecast, forecast
from lifecycle.views.pending import owed
from models.dossier import Dossier
from models.estimates import Estimate
from models.programme.policy import Policy
from models.texts.sentences import plain_day
from words.codes import code


def answer(dossier: Dossier, now: datetime, policy: Policy, estimates: Sequence[Estimate]) -> dict[str, Any]:
    """The whole answer, for scripts."""
    items = blockers(dossier, now, policy, estimates)
    balance = owed(dossier)
    return {
        "organization_id": dossier.organization_id,
        "now": now.isoformat(),
        "owed": balance.model_dump() if balance else None,
        "blockers": [item.model_dump(mode="json") for item in items],
        "waiting_money": {
            name: {who.value: money.model_dump() for who, money in counted_by(items, flag).items()}
            for name, flag in (("owed", False), ("estimated", True))
        },
        "forecast": forecast(dossier, now, policy, estimates).model_dump(mode="json"),
    }


def screen(
    name: str, dossier: Dossier, now: datetime, policy: Policy, estimates: Sequence[Estimate]
) -> Iterator[str]:
    """The same for a person, line by line."""
    items = blockers(dossier, now, policy, estimates)
    expected = forecast(dossier, now, policy, estimates)
    balance = rendering.money(owed(dossier)) or "nothing yet"
    yield f"[bold]{escape(name)}[/] is owed [bold]{balance}[/]. It is {plain_day(now)}."
    for item in items:
        yield ""
        yield from about(item)
    if not items:
        yield "Nobody is waited for."
    yield ""
    yield from to_come(expected)


def about(item: Blocker) -> Iterator[str]:
    """One blocker."""
    about_how_much = " (estimated)" if item.estimated else ""
    amount = f"  [bold]{rendering.money(item.money)}[/]{about_how_much}" if item.money else ""
    late = "  [red]late[/]" if item.late else ""
    yield f"{rendering.coloured(item.who)}  {escape(item.what)}{amount}{late}"
    if item.todo:
        yield f"  → {escape(item.todo)}."
    for reason in item.reasons:
        yield f"  {escape(reason)}"
    since = f"  since {plain_day(item.since)}"
    yield (
        f"[dim]{since}; {plain_day(item.until)}: {item.then_in_words}[/]"
        if item.until
        else f"[dim]{since}[/]"
    )


def to_come(expected: Forecast) -> Iterator[str]:
    """Which payments can be expected."""
    for payment in expected.payments:
        yield payment_line(payment)
        yield f"  {escape(payment.why)}"
    missing = expected.threshold.missing
    if expected.below_minimum and missing.amount:
        least = rendering.money(expected.threshold.minimum)
        yield f"{rendering.money(missing)} is missing to the smallest invoice, {least}."
    yield f"[dim]The next payment day is {expected.next_payment_day:%A}, {plain_day(expected.next_payment_day)}.[/]"


def payment_line(payment: ExpectedPayment) -> str:
    """A payment that can be expected."""
    days = f"{plain_day(payment.earliest)} at the earliest, {plain_day(payment.expected)} as a rule"
    return f"[bold]{rendering.money(payment.amount)}[/] ({code(payment.basis, 'bases').lower()}): {days}"
