"""Magic values: what to fill in to be told no, and the checks that an integration may fail. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from models.desks import Desk
from models.documents import Feature, Reason


@dataclass(frozen=True)
class Magic:
    """A value that, anywhere in a request's fields, makes its desk decide in a certain way.

    Attributes:
        match: how a text must relate to the word.
        once: only for the first request about a document; the next one succeeds.
    """

    desk: Desk
    word: str
    action: str
    reasons: tuple[Reason, ...]
    match: Literal["is", "contains", "starts", "ends"] = "contains"
    once: bool = True

    def found_in(self, texts: Collection[str]) -> bool:
        """Whether one of the texts carries the word."""
        tests = {
            "is": str.__eq__,
            "contains": str.__contains__,
            "starts": str.startswith,
            "ends": str.endswith,
        }
        return any(tests[self.match](text, self.word) for text in texts)


def because(code: str, detail: str, about: str | None = None) -> Reason:
    """A reason, and the field that it is about."""
    return Reason(code=code, detail=detail, field=about)


SPECIAL = (
    Magic(
        Desk.VERIFICATION,
        "INFO-NEEDED",
        "verification.request_information",
        (
            because(
                "proof_of_address_needed",
                "Please send a proof of address that is not older than six months.",
                "registered_address",
            ),
        ),
    ),
    Magic(
        Desk.VERIFICATION,
        "COULD-NOT-VERIFY",
        "verification.decline",
        (
            because(
                "registration_number_not_found",
                "The register of that country has no company of this number.",
                "registration_number",
            ),
            because(
                "name_differs_from_register",
                "The name is not the one on the certificate.",
                "legal_name_english",
            ),
        ),
    ),
    Magic(
        Desk.VERIFICATION,
        "REJECTED",
        "verification.reject",
        (because("not_eligible", "This business cannot be verified. An operator will look into it."),),
    ),
    Magic(
        Desk.QUALIFICATION,
        "COULD-NOT-VERIFY",
        "qualification.decline",
        (because("owner_differs", "The store names another owner; please add a proof.", "store_url"),),
    ),
    Magic(
        Desk.QUALIFICATION,
        "REJECTED",
        "qualification.reject",
        (because("industry_not_supported", "Games of this kind are not supported."),),
    ),
    Magic(
        Desk.CONTRACTS,
        "REFUSED",
        "contract.decline",
        (because("signatory_not_authorized", "The signatory may not sign for this business.", "signatory"),),
    ),
    Magic(
        Desk.LAUNCHES,
        "NOT-APPROVED",
        "launch.decline",
        (
            because(
                "crashes_on_start", "The game does not start on a common phone; please test and resubmit."
            ),
        ),
    ),
    Magic(
        Desk.TAX_FORMS,
        "000000000",
        "payout_account.decline",
        (because("tax_number_not_found", "The tax authority does not know this number.", "tax_number"),),
        match="is",
        once=False,
    ),
    Magic(
        Desk.BANK_ACCOUNTS,
        "000000000000",
        "payout_account.decline",
        (because("invalid_account_number", "There is no such account.", "account_number"),),
        match="is",
        once=False,
    ),
    Magic(
        Desk.BANK_ACCOUNTS,
        " MISMATCH",
        "payout_account.request_documents",
        (
            because(
                "account_name_differs",
                "The account is not in the name of the verified business; please prove that it is yours.",
                "account_name",
            ),
        ),
        match="ends",
    ),
    Magic(
        Desk.INVOICES,
        "REJECT-",
        "invoice.reject",
        (because("amount_differs", "The amount on the PDF is not the selected total.", "amount"),),
        match="starts",
    ),
)

DOUBTFUL = "DOUBTFUL"
DOUBTED = (
    (Desk.VERIFICATION, "verification"),
    (Desk.QUALIFICATION, "qualification"),
    (Desk.CONTRACTS, "contract"),
    (Desk.LAUNCHES, "launch"),
    (Desk.TAX_FORMS, "payout_account"),
    (Desk.BANK_ACCOUNTS, "payout_account"),
    (Desk.INVOICES, "invoice"),
)
UNSURE = tuple(
    Magic(
        desk,
        DOUBTFUL,
        f"{machine}.refer",
        (because("needs_a_person", "The check is not sure. Please look at it yourselves."),),
    )
    for desk, machine in DOUBTED
)
"""The same word at each desk leaves it to people."""

MAGIC = (*SPECIAL, *UNSURE)
"""All of them, in the order in which they are looked for."""

CHECKS: dict[Feature, tuple[tuple[str, str, str], ...]] = {
    Feature.IAA: (
        (
            "rewarded_placement_active",
            "No rewarded placement of this game is active.",
            "Create a rewarded placement and switch it on.",
        ),
        (
            "reward_after_ad_end",
            "The reward was given before the ad had ended.",
            "Give the reward in the callback that says isEnded = true.",
        ),
        ("interstitial", "The interstitial did not show.", "Load the interstitial before you show it."),
    ),
    Feature.IAP: (
        ("sandbox_order_created", "No sandbox order was created.", "Call the order API with sandbox = true."),
        (
            "sandbox_order_paid",
            "The sandbox order was not paid.",
            "Open the payment sheet with the order id.",
        ),
        (
            "redeem_webhook_answered",
            "The webhook was not answered with 200 at once.",
            "Answer 200 first and grant the goods afterwards.",
        ),
        (
            "duplicate_without_second_grant",
            "The same webhook, sent twice, granted the goods twice.",
            "Keep the order ids that were granted and skip them.",
        ),
        (
            "refund_traceback_handled",
            "The refund was not taken.",
            "Handle refund_traceback and take back refund_amount, which may be a part.",
        ),
    ),
}
