"""The statement that an operator is about to issue in the place of an appealed one, shown before it is issued."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.http.bodies import Body
from api.http.problems import Problem, not_found, refused
from api.installation import Installation
from api.security.organization_access import reader_of
from api.security.staff_access import Staff
from api.services.commands import existing
from api.services.earnings.statements import AMOUNTS, StatementLineView, show_line
from api.services.organization_snapshot import snapshot_of
from api.services.platform.roles import role_for
from lifecycle.decide import decide
from models.commands import Actor, Command, Refusal
from models.documents import Reason
from models.identity import DocumentId
from models.money import Money
from models.tables import StatementRow
from storage.settlement.batches import of_their_own
from storage.settlement.replacement import Replacement, preview_replacement
from words.voice import Sentence

REPLACE = "statement.replace"


class WantedReplacement(Body):
    """Which statement is to be replaced, and what its appeal adds or takes away."""

    organization_id: Annotated[str, StringConstraints(pattern=r"^org_[0-9A-Za-z]{1,40}$")]
    document_id: Annotated[str, StringConstraints(pattern=r"^statement/[0-9A-Za-z_]{1,60}$")]
    adjustment: Money | None = None


class StatementAmounts(BaseModel):
    """What a statement's lines add up to, from gross to net."""

    gross: Money
    refunds: Money
    platform_share: Money
    adjustments: Money
    tax_withheld: Money
    net: Money


class ComparedLine(BaseModel):
    """A line of the new statement beside that of the old one; `null` where only one of them has it.

    Attributes:
        difference: how much more the new one is, net.
    """

    old: StatementLineView | None
    new: StatementLineView | None
    difference: Money


class ReplacementView(BaseModel):
    """A statement beside the one that would be issued now in its place; nothing of it is kept.

    Attributes:
        worked_out_at: programme time.
        difference: how much more the new one is.
        nothing_left: nothing would be paid for it: a debt is carried forward to the next statement.
        digest: names exactly this; `statement.replace` with it as `preview` is refused once the new statement would be
            another.
    """

    document_id: str
    worked_out_at: datetime
    old: StatementAmounts
    new: StatementAmounts
    difference: StatementAmounts
    lines: list[ComparedLine]
    nothing_left: bool
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def preview(installation: Installation, staff: Staff, wanted: WantedReplacement) -> ReplacementView:
    """The statement that would be issued now in the place of another, worked out in the way in which it is issued.

    Raises:
        Problem: 404 or 403; 409 where it cannot be replaced now, or the new one could not be issued.
    """
    refuse_what_the_rules_refuse(installation, staff, wanted)
    now, statement_id = installation.now(), DocumentId(wanted.document_id).key
    own = (installation.database, statement_id, wanted.organization_id)
    try:
        found = preview_replacement(*own, installation.policy, now, wanted.adjustment)
    except LookupError:
        raise not_found(Sentence("This statement does not exist here.")) from None
    except Exception as error:
        if not of_their_own(error):
            raise
        raise Problem(409, "cannot_be_issued", CANNOT) from error
    return show(wanted.document_id, found, now)


CANNOT = Sentence(
    "No statement can take its place: it would come to more than a statement may, "
    "or its debt is on a later statement already."
)


def refuse_what_the_rules_refuse(installation: Installation, staff: Staff, wanted: WantedReplacement) -> None:
    """Ask the rules what they would say to the replacement, but for its reason, which is still to be given."""
    with installation.database.reading() as session:
        reader = reader_of(session, staff.person, wanted.organization_id)
        snapshot = snapshot_of(session, installation, reader)
    document = existing(snapshot.dossier.documents.get(wanted.document_id))
    adjustment = wanted.adjustment
    command = Command(
        id="preview",
        action=REPLACE,
        document_id=wanted.document_id,
        actor=Actor(role=role_for(staff, REPLACE, document), id=staff.person.subject),
        facts={"adjustment": adjustment.model_dump()} if adjustment else {},
        reasons=[Reason(code="preview")],
        reference=document.reference,
    )
    answer = decide(snapshot.dossier, command, snapshot.now, snapshot.policy)
    if isinstance(answer, Refusal):
        raise refused(answer)


def refuse_unseen(installation: Installation, staff: Staff, wanted: WantedReplacement, digest: str) -> None:
    """Refuse to issue another statement than the one that was seen; 409."""
    if preview(installation, staff, wanted).digest != digest:
        raise Problem(
            409, "preview_outdated", Sentence("The new statement would be another by now; look at it again.")
        )


def show(document_id: str, found: Replacement, now: datetime) -> ReplacementView:
    """Both statements side by side."""
    old, new = amounts(found.old), amounts(found.new)
    return ReplacementView(
        document_id=document_id,
        worked_out_at=now,
        old=old,
        new=new,
        difference=StatementAmounts(
            **{name: less(getattr(new, name), getattr(old, name)) for name in AMOUNTS}
        ),
        lines=compare_lines(found),
        nothing_left=new.net.amount <= 0,
        digest=found.digest,
    )


def amounts(row: StatementRow) -> StatementAmounts:
    """What a statement adds up to."""
    return StatementAmounts(
        **{name: Money(amount=getattr(row, name), currency=row.currency) for name in AMOUNTS}
    )


def less(one: Money, other: Money) -> Money:
    """How much more one amount is than another."""
    return one + Money(amount=-other.amount, currency=other.currency)


def compare_lines(found: Replacement) -> list[ComparedLine]:
    """The lines of the new statement, each beside the same one of the old; then what the old one alone has."""
    currency = found.new.currency
    before = [show_line(line, found.old.currency) for line in found.old_lines]
    compared = []
    for line in (show_line(each, currency) for each in found.new_lines):
        same = next((other for other in before if likeness(other) == likeness(line)), None)
        if same:
            before.remove(same)
        difference = less(line.net, same.net) if same else line.net
        compared.append(ComparedLine(old=same, new=line, difference=difference))
    gone = [ComparedLine(old=line, new=None, difference=less(zero(currency), line.net)) for line in before]
    return compared + gone


def zero(currency: str) -> Money:
    """Nothing, in a currency."""
    return Money(amount=0, currency=currency)


def likeness(line: StatementLineView) -> tuple[object, ...]:
    """What makes two lines the same one, whatever they come to."""
    of_another = (line.reconciles, line.reconciles_position, line.note)
    return (line.kind, line.game_id, line.contract_version, line.advance, line.bean_price_micros, *of_another)
