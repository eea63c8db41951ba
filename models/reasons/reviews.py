"""The usual reasons of the platform's reviewers: codes, and what an organization reads. Others may be written."""

from collections.abc import Mapping

from models.reasons import payouts

Reasons = Mapping[str, str]

PAPERS: Reasons = {
    "document_unreadable": "A document cannot be read.",
    "document_expired": "A document has expired.",
    "name_mismatch": "The names on the documents differ from the form.",
    "number_mismatch": "A number on the documents differs from the form.",
    "representation_unproved": "It is not shown that this person may represent the business.",
    "address_unproved": "The address needs a proof that is not older than six months.",
}

REASONS: Mapping[tuple[str, str], Reasons] = {
    ("verification", "decline"): PAPERS,
    ("verification", "request_information"): {
        "address_unproved": PAPERS["address_unproved"],
        "representation_unproved": PAPERS["representation_unproved"],
        "document_unreadable": PAPERS["document_unreadable"],
    },
    ("verification", "reject"): {
        "business_not_eligible": "This business cannot take part in the programme.",
        "forged": "A document is not genuine.",
    },
    ("verification", "suspend"): {
        "business_changed": "The business has changed and must be looked at again.",
        "investigation": "The business is being investigated.",
    },
    ("qualification", "decline"): {
        "link_not_playable": "The game behind the link cannot be played.",
        "owner_differs": "The game belongs to somebody else; a proof is needed.",
    },
    ("qualification", "reject"): {"not_eligible": "Games of this kind cannot take part in the programme."},
    ("contract", "decline"): {
        "signatory_unauthorized": "The one who signed may not sign for the business.",
        "name_mismatch": "The signature does not bear the name of a representative.",
    },
    ("contract", "suspend"): {"investigation": "The organization is being investigated."},
    ("contract", "terminate"): {
        "requested_by_organization": "The organization asked for it.",
        "breach": "The terms were broken.",
    },
    ("launch", "decline"): {
        "crashes": "The game crashes or does not start.",
        "content": "Some of its content is not allowed.",
        "metadata": "Its name, icon or description does not fit.",
    },
    ("payout_account", "decline"): {
        "name_mismatch": "The account is not in the name of the verified business.",
        "virtual_account": "Virtual accounts cannot be paid to.",
        "document_unreadable": PAPERS["document_unreadable"],
    },
    ("payout_account", "decline_change"): {
        "not_requested": "The organization says that it did not ask for this.",
        "name_mismatch": "The account is not in the name of the verified business.",
    },
    ("statement", "reject_appeal"): {
        "statement_correct": "The statement was checked and is correct.",
        "evidence_insufficient": "What was sent does not show the difference.",
    },
    ("statement", "replace"): {"data_error": "Our data were wrong or not complete."},
    ("invoice", "reject"): {
        "amount_differs": "The amount on the invoice differs from the statements.",
        "name_differs": "The name on the invoice differs from the contract.",
        "unreadable": "The invoice cannot be read.",
    },
    ("payout", "hold"): payouts.HOLD,
    ("payout", "release_hold"): payouts.RELEASE_HOLD,
    ("payout", "cancel"): payouts.CANCEL,
    ("payout", "retry"): payouts.RETRY,
    ("payout", "recover"): payouts.RECOVER,
    ("payout", "settle"): payouts.SETTLE,
    ("payout", "propose_resolution"): payouts.RESOLVE,
    ("payout", "resolve_paid"): payouts.RESOLVE,
    ("payout", "resolve_not_paid"): payouts.RESOLVE,
    ("payout", "decline_resolution"): payouts.DECLINE,
    ("payout", "withdraw_resolution"): payouts.WITHDRAW,
}

CHECKLISTS: Mapping[str, tuple[str, ...]] = {
    "verification": (
        "The certificate is genuine, current and names the business as the form does.",
        "The registration number is the one on the certificate.",
        "The representative’s identity document is valid, and the proof says that they may act.",
        "The address is the registered one.",
    ),
    "qualification": (
        "The link leads to a playable game.",
        "Its owner is the organization, or there is a proof.",
    ),
    "contract": ("The signatory is a representative of the verified business.",),
    "launch": ("The game starts and can be played.", "Content and regions fit the programme’s rules."),
    "payout_account": (
        "The account’s name is that of the verified business.",
        "The tax form fits the country, and is signed.",
        "For a change: the organization has confirmed on another way that it asked for it.",
    ),
    "statement": (
        "What was appealed is compared with the sources of the lines.",
        "The comparison, if one is attached.",
    ),
    "invoice": (
        "Number, date, name and amount on the PDF are those of the form.",
        "The PDF could be read; if not, it was looked at by a person.",
    ),
    "payout": (
        "The provider’s own record was looked at.",
        "The account in force is the one that was paid to.",
    ),
}
"""What to look at before deciding."""
