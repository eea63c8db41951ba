"""What is said of a document at which something waits: what it means, what to do, why, and until when.

The one place for these words, so that Temporal's page, the console, the API and the command line never differ in them.
"""

from dataclasses import dataclass
from datetime import datetime

from lifecycle import in_words
from lifecycle.deadlines import PAY_OUT_OPEN
from lifecycle.machine import AnyGuard
from lifecycle.machines import state_of
from lifecycle.reviewing import LATE_REVIEW
from lifecycle.timers import Timer, next_timer
from lifecycle.turns import waits_for
from lifecycle.views.prerequisites import below_minimum, obstacles, ways_on
from models.commands import PEOPLE, Role
from models.documents import AnyDocument, Payout, PayoutAccount, Statement
from models.dossier import Dossier
from models.money import Money, sum_of
from models.programme.policy import Policy
from models.states import StatementState
from words.voice import Names, Sentence

PAY_OUT_OPENS = Sentence("Pay-out opens.")


@dataclass(frozen=True)
class Situation:
    """How a document stands that waits for somebody.

    Attributes:
        what: what it means, one sentence.
        todo: what the one who must act should do; empty when they cannot, or nobody has to.
        reasons: why it stands so, in sentences.
        lacking: what must hold first before the one who must act can.
        opening: nothing can be done before pay-out opens.
        too_small: the confirmed statements are together below the smallest invoice.
        alarm: what the clock does next that people should know of.
    """

    what: str
    todo: str
    reasons: list[str]
    lacking: list[AnyGuard]
    opening: bool
    too_small: bool
    alarm: Timer | None

    @property
    def stuck(self) -> bool:
        """Whether the one who must act cannot yet."""
        return self.opening or self.too_small or bool(self.lacking)


def situation(
    document: AnyDocument,
    dossier: Dossier,
    now: datetime,
    policy: Policy,
    shortfall: str | None = None,
    names: Names | None = None,
) -> Situation:
    """What is to be said of a document.

    Args:
        shortfall: what is missing to the smallest invoice, where that is known: all statements must be looked at.
        names: what games and people are called; the documents of the dossier are known by themselves.
    """
    state, small = state_of(document), ""
    who = waits_for(document, policy) or Role.PIPELINE
    opening = waits_for_opening(document, now, policy)
    if is_confirmed(document) and not opening:
        small = below_minimum(dossier, policy) if shortfall is None else shortfall
    lacking = [] if opening else obstacles(document, who, dossier, now, policy)
    return Situation(
        what=Sentence(PAY_OUT_OPEN.reason) if opening else small or Sentence(state.description),
        todo="" if opening or small or lacking or who not in PEOPLE else todo_of(document, dossier, names),
        reasons=list(dict.fromkeys([*reasons_of(document), *(Sentence(guard.reason) for guard in lacking)])),
        lacking=lacking,
        opening=opening,
        too_small=bool(small),
        alarm=next_alarm(document, now, policy),
    )


def todo_of(document: AnyDocument, dossier: Dossier, names: Names | None) -> str:
    """What whoever must act should do; statements that can be invoiced are named together."""
    ready = [s.net for s in dossier.of(Statement) if is_confirmed(s)] if is_confirmed(document) else []
    if len(ready) > 1 and (total := sum_of(ready)):
        return invoice_for(len(ready), total)
    return in_words.todo(document, names or Names(documents=dossier.documents))


def invoice_for(count: int, total: Money) -> str:
    """What is to be done with so many statements that can be invoiced."""
    if count == 1:
        return Sentence("Create an invoice for a confirmed statement: {total}", total=total)
    return Sentence("Create an invoice for {count} confirmed statements: {total}", count=count, total=total)


def is_confirmed(document: AnyDocument) -> bool:
    """Whether it is a statement that can be invoiced."""
    return isinstance(document, Statement) and document.state == StatementState.CONFIRMED


def waits_for_opening(document: AnyDocument, now: datetime, policy: Policy) -> bool:
    """Whether whoever is waited for can do nothing else than wait until pay-out opens."""
    who = waits_for(document, policy)
    if who is None or now >= policy.pay_out_opens:
        return False
    ways = ways_on(document, who)
    return bool(ways) and all(PAY_OUT_OPEN in guards for guards in ways)


def next_alarm(document: AnyDocument, now: datetime, policy: Policy) -> Timer | None:
    """What the clock does next with a document that people should know of; the opening of pay-out is one of it."""
    if waits_for_opening(document, now, policy):
        return Timer(policy.pay_out_opens, document.id, "pay_out_opens", True, PAY_OUT_OPENS)
    return next_timer(document, policy)


def reasons_of(document: AnyDocument) -> list[str]:
    """Why it stands so, in sentences: what was said when it came there, what the bank said, what is late."""
    found = [in_words.reason(reason, document.machine) for reason in document.reasons]
    if isinstance(document, Payout) and document.failure:
        found += [Sentence(document.failure.words.why), Sentence(document.failure.words.fix)]
    if isinstance(document, PayoutAccount) and document.broken and document.failure:
        found.append(Sentence(document.failure.words.why))
    if document.late and any(deadline.event == LATE_REVIEW for deadline in state_of(document).deadlines):
        found.append(Sentence("The review takes longer than promised."))
    return found
