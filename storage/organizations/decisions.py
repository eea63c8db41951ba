"""The dossier in the database: one transaction for each decision, with its audit record."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models.commands import Command, Outcome, Refusal, Role, Transition
from models.documents import AnyDocument, Invoice, Payout, Statement, stored_document
from models.dossier import Dossier, open_dossier
from models.mail.topics import Audience, Topic
from models.programme.policy import Policy
from models.states import PayoutState
from models.tables import (
    DocumentRow,
    MemberRow,
    NotificationRow,
    OrganizationRow,
    PayoutAttemptRow,
    RefusalRow,
    TransitionRow,
)
from models.wire.steps import Recorded
from storage.database import Database, insert_into
from storage.ledger import booking
from storage.locks import wait_for_turn
from storage.organizations.ceilings import CeilingReached, refuse_more_games
from storage.organizations.invoices import give_numbers, record_invoice
from storage.organizations.policies import begin_policy, policy_of
from storage.people.roles import refuse_stranger
from storage.refusals import Refused
from storage.settlement.terms import note_terms

STAFF = {Role.OPERATOR: Audience.OPERATOR, Role.FINANCE: Audience.FINANCE}


class Stale(RuntimeError):
    """What is to be recorded does not follow from what the database holds."""


def create_organization(
    session: Session, organization_id: str, name: str, founder: MemberRow, now: datetime, policy: Policy
) -> None:
    """A new organization with its first admin, the policy that it goes by, and an empty dossier."""
    session.add(OrganizationRow(id=organization_id, name=name, created_by=founder.subject, created_at=now))
    session.flush()
    session.add(founder)
    begin_policy(session, organization_id, policy, now)
    for document in open_dossier(organization_id, now).documents.values():
        session.add(
            DocumentRow(
                organization_id=organization_id,
                id=document.id,
                machine=document.machine,
                state=document.state,
                since=document.since,
                revision=0,
                facts=document.model_dump(mode="json"),
            )
        )


def load_dossier(session: Session, organization_id: str) -> Dossier:
    """All documents of an organization, payouts included, in the order in which they came."""
    query = (
        select(DocumentRow.facts)
        .where(DocumentRow.organization_id == organization_id)
        .order_by(col(DocumentRow.since), col(DocumentRow.id))
    )
    documents = (stored_document(facts) for facts in session.exec(query))
    return Dossier(organization_id=organization_id, documents={d.id: d for d in documents})


def record(
    database: Database, organization_id: str, transitions: list[Transition], policy: Policy
) -> Recorded:
    """Record a decision: every document, its audit record, its notification, in one transaction.

    Recording the same decision again changes nothing. The actor's role is checked once more here, because a Temporal
    client may bypass the API.

    Args:
        policy: the installation's, which says when a day of earnings begins.

    Raises:
        Stale: the documents have moved on under another writer.
    """
    first = transitions[0]
    try:
        with database.transaction() as session:
            wait_for_turn(session, organization_id)
            if already_recorded(session, organization_id, first.command_id):
                before = documents_of(session, organization_id, transitions)
                return Recorded(before=before, moved_on=first.document.id not in {d.id for d in before})
            refuse_stranger(session, organization_id, first.actor)
            new = any(transition.from_state is None for transition in transitions)
            own = policy_of(session, organization_id, policy) if new else policy
            refuse_too_many_games(session, organization_id, transitions, own)
            numbered = give_numbers(session, organization_id, transitions, own.self_billed_prefix)
            earlier = [record_transition(session, organization_id, one, policy) for one in transitions]
            head = booking.post_transitions(session, organization_id, transitions, earlier)
    except Refused as refused:
        return Recorded(refusal=refused.refusal)
    return Recorded(before=numbered, ledger_head=f"{head.position}:{head.hash}" if head else None)


def documents_of(session: Session, organization_id: str, transitions: list[Transition]) -> list[AnyDocument]:
    """The documents of a decision as the database holds them, unless they have moved on since."""
    pairs = ((t.document, session.get(DocumentRow, (organization_id, t.document.id))) for t in transitions)
    return [stored_document(row.facts) for own, row in pairs if row and row.revision == own.revision]


def already_recorded(session: Session, organization_id: str, command_id: str) -> bool:
    """Whether a command's decision is in the audit record."""
    query = select(TransitionRow.sequence).where(
        TransitionRow.organization_id == organization_id, TransitionRow.command_id == command_id
    )
    return session.exec(query).first() is not None


def outcome_of(session: Session, organization_id: str, command_id: str) -> Outcome | None:
    """What came of a command, if the audit record has it: it is done, whether or not anybody was told."""
    query = select(TransitionRow).where(
        TransitionRow.organization_id == organization_id,
        TransitionRow.command_id == command_id,
        TransitionRow.position == 0,
    )
    row = session.exec(query).first()
    if row is None:
        return None
    return Outcome(
        command_id=command_id, document_id=row.document_id, state=row.to_state, revision=row.revision
    )


def refuse_too_many_games(
    session: Session, organization_id: str, transitions: list[Transition], policy: Policy
) -> None:
    """Refuse a game beyond the ceiling here, too, where those that come at once take turns."""
    if any(t.from_state is None and t.document.machine == "launch" for t in transitions):
        try:
            refuse_more_games(session, organization_id, policy.most_games)
        except CeilingReached as reached:
            raise Refused("ceiling_reached", reached.way_out) from None


def record_transition(
    session: Session, organization_id: str, transition: Transition, policy: Policy
) -> AnyDocument | None:
    """One document's transition and everything that is written with it; gives back what held money before it."""
    document = transition.document
    row = session.get(DocumentRow, (organization_id, document.id))
    before = row.revision if row else 0
    if before != document.revision - 1:
        raise Stale(f"{document.id} is at revision {before}, not {document.revision - 1}")
    if row is None:
        row = DocumentRow(
            organization_id=organization_id,
            id=document.id,
            machine=document.machine,
            state=document.state,
            since=document.since,
            revision=document.revision,
            facts={},
        )
        session.add(row)
    holds_money = isinstance(document, Statement | Payout)
    earlier = stored_document(row.facts) if holds_money and row.facts else None
    waited_for = row.waits_for
    row.state, row.since, row.revision = document.state, document.since, document.revision
    row.waits_for = transition.waits_for
    row.facts = document.model_dump(mode="json")
    session.add(
        TransitionRow(
            organization_id=organization_id,
            command_id=transition.command_id,
            position=transition.index,
            action=transition.action,
            document_id=document.id,
            revision=document.revision,
            actor_role=transition.actor.role,
            actor_id=transition.actor.id,
            from_state=transition.from_state,
            to_state=document.state,
            at=transition.at,
            reasons=[reason.model_dump() for reason in transition.reasons],
            request_id=transition.request_id,
            webhook_type=transition.webhook_type,
        )
    )
    if transition.message:
        session.add(
            NotificationRow(
                organization_id=organization_id,
                command_id=transition.command_id,
                position=transition.index,
                kind=transition.action,
                document_id=document.id,
                text=transition.message,
                topic=transition.topic,
                until=transition.until,
                what_then=transition.then,
                at=transition.at,
            )
        )
    team = STAFF.get(transition.waits_for) if transition.waits_for else None
    if isinstance(document, Payout) and team and team != waited_for:
        session.add(
            NotificationRow(
                organization_id=organization_id,
                command_id=transition.command_id,
                position=transition.index,
                kind=transition.action,
                document_id=document.id,
                text="",
                audience=team,
                topic=Topic.YOUR_TURN,
                at=transition.at,
            )
        )
    session.flush()
    note_terms(session, organization_id, document, transition.at, policy)
    if isinstance(document, Invoice) and transition.from_state is None:
        record_invoice(session, organization_id, document)
    if isinstance(document, Payout):
        was = earlier if isinstance(earlier, Payout) else None
        record_attempts(session, organization_id, was, document, transition)
    return earlier


ENDINGS = {
    "fail_transient": "failed",
    "fail_account": "failed",
    "fail_payer": "failed",
    "fail_final": "failed",
    "not_received": "not_received",
    "resolve_not_paid": "not_received",
    "pay": "paid",
    "resolve_paid": "paid",
    "return": "returned",
}
"""How the events of a payout end its open attempt."""


def record_attempts(
    session: Session,
    organization_id: str,
    before: Payout | None,
    payout: Payout,
    transition: Transition,
) -> None:
    """Open an attempt before the provider is called, close it on its outcome, and note which are paid too much."""
    if payout.state == PayoutState.SENDING and transition.from_state != "sending":
        open_attempt(session, organization_id, payout, transition)
        return
    if before is None:
        return
    event = transition.action.partition(".")[2]
    if (outcome := ENDINGS.get(event)) and before.reference:
        end_attempt(
            session, before.reference, "not_received" if payout.not_taken else outcome, payout, transition
        )
    for reference in set(before.duplicates) - set(payout.duplicates):
        end_attempt(session, reference, how_it_is_back(transition), payout, transition)
    if payout.reference and (payout.reference != before.reference or payout.state == PayoutState.IN_TRANSIT):
        # Which counts now, although it was thought to have failed.
        outcome = None if payout.state == PayoutState.IN_TRANSIT else "paid"
        end_attempt(session, payout.reference, outcome, payout, transition)
    for reference in set(payout.duplicates) - set(before.duplicates):
        end_attempt(session, reference, "overpaid", payout, transition)
    for reference in set(payout.owed_again) - set(before.owed_again):
        counted = reference == payout.reference
        end_attempt(session, reference, "returned_late" if counted else "owed_again", payout, transition)
    for reference in set(before.owed_again) - set(payout.owed_again):
        settled = "paid_otherwise" if reference == payout.reference else "reversed"
        end_attempt(session, reference, settled if event == "settle" else "paid", payout, transition)
    session.flush()


def how_it_is_back(transition: Transition) -> str:
    """The outcome of an attempt that was one too many: paid back by the organization, reversed or failed at the provider."""
    if transition.action != "payout.recover":
        return "failed"
    return "reversed" if "reversed" in {reason.code for reason in transition.reasons} else "recovered"


def end_attempt(
    session: Session, reference: str, outcome: str | None, payout: Payout, transition: Transition
) -> None:
    """Note the outcome of an attempt; ``None``: it is open again."""
    query = select(PayoutAttemptRow).where(PayoutAttemptRow.reference == reference)
    attempt = session.exec(query).first()
    if attempt is not None:
        attempt.outcome = outcome
        attempt.ended_at = transition.at if outcome else None
        attempt.failure_code = payout.failure_code if outcome else None


def open_attempt(session: Session, organization_id: str, payout: Payout, transition: Transition) -> None:
    """Open an attempt; what was not received is opened again: the same one is sent once more, under the same reference.

    Raises:
        Stale: the attempt is open, or the provider has said already what became of it.
    """
    attempt = session.get(PayoutAttemptRow, (payout.id, payout.attempt))
    if attempt and attempt.outcome != "not_received":
        raise Stale(f"{payout.id} has made attempt {payout.attempt} already")
    if attempt:
        attempt.outcome = attempt.ended_at = attempt.failure_code = None
        attempt.account_submission_id = payout.sent_to or payout.account_submission_id
        attempt.sent_at = transition.at
        return
    session.add(
        PayoutAttemptRow(
            payout_id=payout.id,
            attempt=payout.attempt,
            organization_id=organization_id,
            reference=payout.reference or f"{payout.id}/{payout.attempt}",
            account_submission_id=payout.sent_to or payout.account_submission_id,
            amount=payout.amount.amount,
            currency=payout.amount.currency,
            sent_at=transition.at,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise Stale(f"{payout.id} has an open attempt already") from error


def record_refusal(
    database: Database, organization_id: str, command: Command, refusal: Refusal, at: datetime
) -> None:
    """Remember that a signalled command was refused; once."""
    with database.transaction() as session:
        row = RefusalRow(
            organization_id=organization_id,
            command_id=command.id,
            action=command.action,
            document_id=command.document_id,
            actor_role=command.actor.role,
            actor_id=command.actor.id,
            code=refusal.code,
            reason=str(refusal.reason),
            at=at,
        )
        insert = insert_into(session, RefusalRow).values(row.model_dump())
        session.execute(insert.on_conflict_do_nothing())
