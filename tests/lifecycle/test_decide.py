"""The two pure functions: what every refusal says, and what every acceptance records."""

from typing import Any

import pytest

from lifecycle.decide import decide
from lifecycle.permissions import allowed_actions
from models.commands import Accepted, Actor, Command, Role
from models.documents import Reason
from tests.lifecycle.life import Life, organization


def command(action: str, document_id: str, role: Role = Role.ADMIN, **more: Any) -> Command:
    return Command(id="c", action=action, document_id=document_id, actor=Actor(role=role, id="x"), **more)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (command("verification.invent", "verification"), "unknown_action"),
        (command("invented.submit", "verification"), "unknown_action"),
        (command("contract.sign", "verification"), "wrong_document"),
        (command("contract.sign", "contract/none"), "unknown_document"),
        (command("contract.sign", "elsewhere"), "wrong_document"),
        (command("verification.verify", "verification"), "wrong_state"),
        (command("verification.submit", "verification", Role.OPERATOR), "wrong_role"),
        (command("verification.submit", "verification"), "invalid_facts"),
        (
            command(
                "verification.submit",
                "verification",
                facts={"submission_id": "s", "country": "DE", "state": "verified"},
            ),
            "invalid_facts",
        ),
        (
            command(
                "verification.submit", "verification", facts={"submission_id": "s", "country": "Germany"}
            ),
            "invalid_facts",
        ),
    ],
)
def test_a_refusal_has_a_code_and_a_sentence(given: Command, code: str) -> None:
    refusal = Life().refusal(given)
    assert refusal.code == code
    assert refusal.reason.endswith(".")


def test_a_refusal_says_what_is_allowed_instead() -> None:
    life = organization()
    refusal = life.refusal(command("verification.submit", "verification"))
    assert [allowed.action for allowed in refusal.allowed_actions] == ["verification.renew"]


def test_a_refusal_never_repeats_the_input() -> None:
    secret = "DE89370400440532013000"
    facts = {"submission_id": {"iban": secret}, "country": secret}
    refusal = Life().refusal(command("verification.submit", "verification", facts=facts))
    assert secret not in refusal.model_dump_json()


def test_what_must_be_done_first_is_said_before_the_facts_are_looked_at() -> None:
    assert Life().refused(Role.ADMIN, "contract.sign", "contract/iaa") == "not_verified"


def test_an_acceptance_records_every_document_that_changes_with_it() -> None:
    life = organization()
    statements = [life.confirmed(1), life.confirmed(2)]
    given = life.command(Role.ADMIN, "invoice.submit", "invoice/1", **life.invoice_facts(*statements))
    decision = decide(life.dossier, given, life.now, life.policy)
    assert isinstance(decision, Accepted)
    assert [(t.index, t.action, t.from_state, t.document.state) for t in decision.transitions] == [
        (0, "invoice.submit", None, "under_review"),
        (1, "statement.invoice", "confirmed", "invoiced"),
        (2, "statement.invoice", "confirmed", "invoiced"),
    ]
    assert {t.command_id for t in decision.transitions} == {given.id}


def test_a_refused_consequence_refuses_the_whole() -> None:
    life = organization()
    statement = life.confirmed()
    life.admin("invoice.submit", "invoice/1", **life.invoice_facts(statement))
    life[statement].state = "paid"  # as no rule would have it
    refusal = life.refusal(life.command(Role.OPERATOR, "invoice.reject", "invoice/1", why="name_differs"))
    assert refusal.code == "wrong_state"
    assert "invoice.approve" in [allowed.action for allowed in refusal.allowed_actions]


def test_a_request_is_answered_under_its_reference() -> None:
    life = Life()
    life.admin("verification.submit", submission_id="s", country="DE")
    (effect,) = life.effects
    assert effect.reference == life["verification"].reference == "org_1/verification/1"
    life.wait(until=life.next_alarm("review_late"))
    assert life.effects[-1].reference == effect.reference, "asked after under the same reference"


def test_reasons_are_kept_with_the_document_they_are_about() -> None:
    life = Life()
    life.admin("verification.submit", submission_id="s", country="DE")
    reason = Reason(code="name_differs", field="legal_name", detail="The certificate says otherwise.")
    given = life.command(Role.PROVIDER, "verification.decline", "verification")
    life.take(given.model_copy(update={"reasons": [reason]}))
    assert life["verification"].reasons == [reason]


def test_what_everybody_may_do_now() -> None:
    life = organization()
    allowed = allowed_actions(life.dossier, Actor(role=Role.ADMIN, id="ann"), life.now, life.policy)
    assert {(a.action, a.document_id) for a in allowed} == {
        ("verification.renew", "verification"),
        ("qualification.submit", "qualification"),
        ("contract.sign", "contract/iap"),
        ("payout_account.change", "payout_account"),
    }
