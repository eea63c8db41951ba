"""When the clock acts: the due dates that states refer to."""

from collections.abc import Callable
from datetime import datetime, timedelta

from lifecycle.machine import Context, D, Deadline, Guard, Rule
from models.commands import Role
from models.documents import Document
from models.programme.policy import Policy
from models.states import DocumentState


def countdown(
    event: str,
    ends: Callable[[D, Policy], datetime | None],
    days: Callable[[Policy], tuple[int, ...]],
    end: str,
    then: str = "You are reminded.",
) -> Deadline[D]:
    """Reminders some days before an end; those whose time passed before the state began are left out."""

    def due(document: D, policy: Policy) -> datetime | None:
        last = ends(document, policy)
        if last is None:
            return None
        moments = [last - timedelta(days=d) for d in days(policy)]
        still = [moment for moment in moments if moment > document.since]
        return still[document.reminders] if document.reminders < len(still) else None

    def when(policy: Policy) -> str:
        return f"{', '.join(str(d) for d in days(policy))} days before {end}"

    return Deadline(event=event, then=then, due=due, binding=False, when=when)


def reminder_rule(event: str, state: DocumentState, notification: str) -> Rule[Document]:
    """The rule by which a reminder is given."""
    return Rule(
        event=event,
        sources=(state,),
        target=state,
        roles=(Role.CLOCK,),
        updates=lambda context: {"reminders": context.document.reminders + 1},
        notification=notification,
    )


def field_due(name: str) -> Callable[[Document, Policy], datetime | None]:
    """The due date that the document itself carries under a field."""

    def due(document: Document, policy: Policy) -> datetime | None:
        value: datetime | None = getattr(document, name)
        return value

    return due


def in_words(span: timedelta) -> str:
    """A span for people: “day”, “3 days”, “10 minutes”."""
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds % length == 0:
            count = seconds // length
            return unit if count == 1 else f"{count} {unit}s"
    return f"{seconds} seconds"


def after(span: Callable[[Policy], timedelta]) -> Callable[[Document, Policy], datetime]:
    """A span after the document came into its state."""
    return lambda document, policy: document.since + span(policy)


def pay_out_is_open(context: Context[Document]) -> bool:
    """Whether pay-out steps may be taken yet."""
    return context.now >= context.policy.pay_out_opens


PAY_OUT_OPEN = Guard(
    code="pay_out_not_open",
    reason="Pay-out is not open yet; your earnings are kept in your balance until it is.",
    holds=pay_out_is_open,
)
