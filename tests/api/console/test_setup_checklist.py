"""The setup says of each step what its own document says, and what locks it."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from api.console.setup_checklist import Setup, Standing, setup_of
from api.services.organization_snapshot import OrganizationSnapshot
from lifecycle import in_words
from lifecycle.machines import MACHINES, STATES
from models.commands import Actor, Role
from models.documents import (
    AnyDocument,
    Contract,
    Feature,
    Launch,
    PayoutAccount,
    Qualification,
    Verification,
)
from models.dossier import open_dossier
from models.programme.policy import Policy
from models.states import (
    ContractState,
    DocumentState,
    LaunchState,
    PayoutAccountState,
    QualificationState,
    VerificationState,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
VERIFIED = Verification(id="verification", state=VerificationState.VERIFIED, since=NOON, country="DE")
QUALIFIED = Qualification(id="qualification", state=QualificationState.APPROVED, since=NOON)
SIGNED = Contract(
    id="contract/iaa",
    state=ContractState.ACTIVE,
    since=NOON,
    feature=Feature.IAA,
    version=1,
    signed_version=1,
)
LIVE = Launch(id="launch/game_1", state=LaunchState.LIVE, since=NOON, game_id="game_1", launched_at=NOON)
ACCOUNT = PayoutAccount(id="payout_account", state=PayoutAccountState.ACTIVE, since=NOON)


def setup(*documents: AnyDocument) -> Setup:
    """The checklist of an organization with some documents, the others as they begin."""
    dossier = open_dossier("org_1", NOON)
    dossier.documents.update({document.id: document for document in documents})
    nothing = cast(Any, None)
    admin = Actor(role=Role.ADMIN, id="ada")
    return setup_of(OrganizationSnapshot(nothing, nothing, dossier, admin, NOON, Policy()))


def standings(found: Setup) -> dict[str, Standing]:
    return {step.document_id: step.standing for step in found.steps}


def test_at_the_beginning_all_but_the_verification_is_locked_and_says_why() -> None:
    found = setup()
    assert standings(found)["verification"] is Standing.YOURS
    locked = [step for step in found.steps if step.standing is Standing.LOCKED]
    assert {step.document_id for step in locked} == {
        "qualification",
        "contract/iaa",
        "contract/iap",
        "payout_account",
    }
    assert all(step.locks and step.locks[0].opened_by == ["verification"] for step in locked)


STATES_OF_ACCOUNTS = {
    PayoutAccountState.NOT_SET_UP: Standing.YOURS,
    PayoutAccountState.CHECKING: Standing.WAITING,
    PayoutAccountState.DOCUMENTS_NEEDED: Standing.YOURS,
    PayoutAccountState.IN_REVIEW: Standing.WAITING,
    PayoutAccountState.DECLINED: Standing.FIX,
    PayoutAccountState.REJECTED: Standing.FIX,
    PayoutAccountState.ACTIVE: Standing.DONE,
    PayoutAccountState.NEEDS_FIX: Standing.YOURS,
    PayoutAccountState.CHANGE_IN_REVIEW: Standing.WAITING,
    PayoutAccountState.CHANGE_AWAITING_APPROVAL: Standing.WAITING,
    PayoutAccountState.COOLING_OFF: Standing.WAITING,
}


@pytest.mark.parametrize("state", PayoutAccountState)
def test_a_payout_account_stands_as_its_document_does_whatever_else_is_missing(
    state: PayoutAccountState,
) -> None:
    account = ACCOUNT.model_copy(update={"state": state})
    assert standings(setup(VERIFIED, account))["payout_account"] is STATES_OF_ACCOUNTS[state]


@pytest.mark.parametrize(
    ("document", "state"),
    [
        (document, state)
        for document in (VERIFIED, QUALIFIED, SIGNED)
        for state in (each.name for each in MACHINES[document.machine].states)
    ],
)
def test_what_is_said_of_a_step_is_what_its_state_says(document: AnyDocument, state: DocumentState) -> None:
    moved = document.model_copy(update={"state": state})
    steps = {
        step.document_id: step
        for step in setup(*([VERIFIED] if moved.id != "verification" else []), moved).steps
    }
    found, said = steps[moved.id], STATES[moved.machine, state]
    assert found.state == state
    assert found.words in (said.description, f"{in_words.todo(moved)}.")
    assert (found.standing is Standing.DONE) == (said.tone == "good")


def test_the_second_contract_is_optional_once_one_is_signed() -> None:
    found = setup(VERIFIED, SIGNED)
    assert standings(found)["contract/iap"] is Standing.OPTIONAL
    assert "contract/iap" not in {step.document_id for step in found.needed}


def test_one_contract_counts_and_the_setup_is_complete_without_the_other() -> None:
    assert len(setup().needed) == 5
    assert not setup(VERIFIED, QUALIFIED, SIGNED, ACCOUNT).complete
    found = setup(VERIFIED, QUALIFIED, SIGNED, ACCOUNT, LIVE)
    assert found.complete and found.done == 5
