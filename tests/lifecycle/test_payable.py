"""Can this organization be paid? Whoever asks gets the same answer."""

import pytest

from activities.payments import obstacle_to
from lifecycle.messages import account_facts
from lifecycle.steps.invoice import ACCOUNT_ACTIVE
from lifecycle.steps.verification import VERIFIED
from lifecycle.views.blockers import account_blocker
from lifecycle.views.prerequisites import obstacles
from models.commands import Role
from models.documents import Payout, PayoutAccount, Verification
from models.dossier import account_obstacle, obstacle_to_paying, verification_obstacle
from models.money import Money
from models.states import PayoutAccountState, PayoutState, VerificationState
from tests.lifecycle.life import MONDAY, Life, organization

NEVER_BROKEN = (PayoutAccountState.ACTIVE, PayoutAccountState.NOT_SET_UP)
STANDINGS = [
    pytest.param(verification, account, broken, id=f"{verification}-{account}{'-broken' * broken}")
    for verification in VerificationState
    for account in PayoutAccountState
    for broken in ((False,) if account in NEVER_BROKEN else (False, True))
]


def standing(verification: VerificationState, account: PayoutAccountState, broken: bool) -> Life:
    """An organization with a confirmed statement, whose business and account stand so."""
    life = organization()
    life.confirmed()
    life.dossier.documents["verification"] = Verification(
        id="verification", state=verification, since=MONDAY, country="US"
    )
    life.dossier.documents["payout_account"] = PayoutAccount(
        id="payout_account", state=account, since=MONDAY, submission_id="account-1", broken=broken
    )
    return life


@pytest.mark.parametrize(("verification", "account", "broken"), STANDINGS)
def test_rules_payouts_pages_and_the_payment_itself_agree(
    verification: VerificationState, account: PayoutAccountState, broken: bool
) -> None:
    life = standing(verification, account, broken)
    dossier = life.dossier
    obstacle = obstacle_to_paying(dossier)
    # A new invoice is refused for it, by the rules …
    lacking = obstacles(dossier.documents["statement/1"], Role.ADMIN, dossier, life.now, life.policy)
    assert (VERIFIED in lacking) is (verification_obstacle(dossier) is not None)
    assert (ACCOUNT_ACTIVE in lacking) is (account_obstacle(dossier) is not None)
    assert bool(lacking) is (obstacle is not None)
    # … a payout is told so, the page names the document that must move …
    told = account_facts(dossier)
    assert (told["account_usable"], told["blocked_by"]) == (not obstacle, obstacle and obstacle.code)
    assert account_blocker(dossier) == (obstacle and obstacle.document_id)
    # … and nothing is sent.
    payout = Payout(
        id="payout/1",
        state=PayoutState.SENDING,
        since=MONDAY,
        invoice_id="invoice/1",
        amount=Money(amount=20_000),
        account_submission_id="account-1",
    )
    assert (obstacle_to(dossier, payout) is None) is (obstacle is None)


def test_only_a_verified_business_with_a_sound_active_account_can_be_paid() -> None:
    payable = {
        (verification, account)
        for verification in VerificationState
        for account in PayoutAccountState
        if obstacle_to_paying(standing(verification, account, broken=False).dossier) is None
    }
    assert payable == {
        (VerificationState.VERIFIED, PayoutAccountState.ACTIVE),
        (VerificationState.RENEWING, PayoutAccountState.ACTIVE),
    }
