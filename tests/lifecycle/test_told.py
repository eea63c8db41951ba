"""People are told what concerns them, in a few words, and are not told the same again and again."""

import pytest

from lifecycle.decide import decide
from lifecycle.machines import MACHINES
from models.commands import CLOCK, Accepted, Command, Role
from models.documents import Verification
from models.dossier import Dossier
from models.programme.policy import Policy
from models.states import VerificationState
from tests.lifecycle.life import MONDAY

OWN_DOING = {
    "statement.confirm", "statement.appeal", "invoice.submit", "contract.sign", "verification.submit",
    "verification.provide_information", "verification.renew", "qualification.submit", "integration.run",
    "launch.submit", "launch.register", "payout_account.submit", "payout_account.provide_documents",
}  # fmt: skip
"""What an admin has just done, and has been answered."""


def test_everything_that_others_decide_about_an_organization_is_told() -> None:
    silent = {
        f"{machine.name}.{rule.event}"
        for machine in MACHINES.values()
        if machine.name != "payout"  # its invoice speaks for it
        for rule in machine.rules
        if not rule.notification and not rule.is_self_transition and Role.PIPELINE not in rule.roles
    }
    assert silent == OWN_DOING


def test_each_begins_with_a_sentence_that_can_be_a_subject() -> None:
    for machine in MACHINES.values():
        for rule in machine.rules:
            if rule.notification:
                assert rule.notification.endswith(".") and rule.notification[0].isupper(), rule
                assert len(rule.notification.split(". ")[0]) <= 110, rule.notification


@pytest.mark.parametrize(("late", "told"), [(False, True), (True, False)])
def test_a_late_review_is_told_once(late: bool, told: bool) -> None:
    policy = Policy()
    document = Verification(
        id="verification",
        state=VerificationState.IN_REVIEW,
        since=MONDAY,
        late=late,
        reference="r",
        revision=1,
    )
    dossier = Dossier(organization_id="org_example", documents={"verification": document})
    command = Command(id="c", action="verification.review_late", document_id="verification", actor=CLOCK)
    decision = decide(dossier, command, MONDAY.replace(year=MONDAY.year + 1), policy)
    assert isinstance(decision, Accepted)
    [transition] = decision.transitions
    assert bool(transition.message) is told
    assert transition.document.late and [effect.name for effect in decision.effects] == ["ask_review"]
