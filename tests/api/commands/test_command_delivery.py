"""A workflow that knows less than the database is asked again, and only then."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import anyio
import pytest

from api.http.problems import Problem, Unavailable
from api.services.command_delivery import FINAL_REFUSALS, patiently, would_take
from models.commands import Actor, Command, Outcome, Role
from models.documents import AnyDocument, Payout, Statement, Stream, Verification
from models.dossier import Dossier
from models.money import Money
from models.programme.policy import Policy
from models.states import PayoutState, StatementState, VerificationState
from storage.refusals import CODES
from words.voice import Sentence

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADA = Actor(role=Role.ADMIN, id="ada")
DONE = Outcome(command_id="c", document_id="statement/st_1", state="confirmed", revision=2)
UNKNOWN = Problem(404, "unknown_document")
WRONG = Problem(409, "wrong_state")


def asked(answers: Sequence[Outcome | Problem], behind: bool = True) -> tuple[Any, int]:
    """What comes of asking a workflow that answers so, and how often it was asked."""
    times = 0

    async def ask(again: int) -> Outcome:
        nonlocal times
        assert again == times, "each time it is told how often it was asked before"
        answer = answers[min(times, len(answers) - 1)]
        times += 1
        if isinstance(answer, Problem):
            raise answer
        return answer

    async def is_behind() -> bool:
        return behind

    async def go() -> Any:
        try:
            return await patiently(ask, is_behind, (0.0, 0.0, 0.0))
        except Problem as problem:
            return problem

    return anyio.run(go), times


@pytest.mark.parametrize("refusal", [UNKNOWN, WRONG])
def test_a_workflow_that_has_not_caught_up_is_asked_until_it_has(refusal: Problem) -> None:
    assert asked([refusal, refusal, DONE]) == (DONE, 3)


@pytest.mark.parametrize("refusal", [UNKNOWN, WRONG])
def test_a_refusal_with_which_the_database_agrees_is_told_at_once(refusal: Problem) -> None:
    assert asked([refusal, DONE], behind=False) == (refusal, 1)


@pytest.mark.parametrize(
    "refusal",
    [
        Unavailable("outcome_unknown", Sentence("It may still be carried out.")),
        Unavailable("temporal_unavailable", Sentence("It was not.")),
        Problem(429, "too_many_in_flight"),
        *(Problem(409, code) for code in sorted(FINAL_REFUSALS)),
    ],
    ids=lambda refusal: refusal.code,
)
def test_what_another_look_at_the_documents_would_not_change_is_told_at_once(refusal: Problem) -> None:
    assert asked([refusal, DONE]) == (refusal, 1)


def test_a_document_that_stays_unknown_is_not_denied_but_asked_for_later() -> None:
    told, times = asked([UNKNOWN])
    assert isinstance(told, Unavailable) and told.code == "not_caught_up" and times == 4
    assert told.headers and told.headers["Retry-After"]


def test_another_refusal_that_stays_is_told_in_the_end() -> None:
    """Where the workflow still goes by an older policy, say: nobody is sent back for ever."""
    assert asked([WRONG]) == (WRONG, 4)


def command(action: str, document_id: str, **facts: Any) -> Command:
    return Command(id="c", action=action, document_id=document_id, actor=ADA, facts=facts)


def known(*documents: AnyDocument) -> Dossier:
    return Dossier(organization_id="org_1", documents={document.id: document for document in documents})


def statement(state: str) -> Statement:
    return Statement(
        id="statement/st_1", state=StatementState(state), since=NOW, stream=Stream.IAA, period_start=date(2026, 1, 1),
        period_end=date(2026, 1, 15), net=Money(amount=12_345),
    )  # fmt: skip


VERIFIED = Verification(id="verification", state=VerificationState.VERIFIED, since=NOW)
PAYOUT = Payout(
    id="payout/inv_1", state=PayoutState.RETRYING, since=NOW, invoice_id="invoice/inv_1", amount=Money(amount=12_345),
    account_usable=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("dossier", "asked_for", "takes"),
    [
        (known(statement("pending_confirmation")), command("statement.confirm", "statement/st_1"), True),
        (known(statement("confirmed")), command("statement.confirm", "statement/st_1"), False),
        (known(), command("statement.confirm", "statement/st_1"), False),
        (known(VERIFIED, PAYOUT), command("payout.retry", "payout/inv_1"), True),
        (known(VERIFIED), command("payout.retry", "payout/inv_1"), False),
    ],
)
def test_the_database_says_what_its_workflow_would_take(
    dossier: Dossier, asked_for: Command, takes: bool
) -> None:
    assert would_take(dossier, asked_for, NOW, Policy()) is takes


def test_what_the_database_itself_refuses_is_never_asked_for_again() -> None:
    assert CODES < FINAL_REFUSALS
