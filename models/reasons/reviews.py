"""The usual reasons of the platform's reviewers: codes, and what an organization reads. Others may be written."""

from collections.abc import Mapping

Reasons = Mapping[str, str]

PAPERS: Reasons = {
    "document_unreadable": "A document cannot be read.",
    "document_expired": "A document has expired.",
    "name_mismatch": "The names on the documents differ from the form.",
    "number_mismatch": "A number on the documents differs from the form.",
    "representation_unproved": "It is not shown that this person may represent the business.",
    "address_unproved": "The address needs a proof that is not older than six months.",
}
MISSING_PAPERS: Reasons = {
    "address_unproved": PAPERS["address_unproved"],
    "representation_unproved": PAPERS["representation_unproved"],
    "document_unreadable": PAPERS["document_unreadable"],
}
NO_BUSINESS: Reasons = {
    "business_not_eligible": "This business cannot take part in the programme.",
    "forged": "A document is not genuine.",
}
SUSPENDED_BUSINESS: Reasons = {
    "business_changed": "The business has changed and must be looked at again.",
    "investigation": "The business is being investigated.",
}
GAME_UNPROVED: Reasons = {
    "link_not_playable": "The game behind the link cannot be played.",
    "owner_differs": "The game belongs to somebody else; a proof is needed.",
}
NO_SUCH_GAMES: Reasons = {"not_eligible": "Games of this kind cannot take part in the programme."}
SIGNATURE: Reasons = {
    "signatory_unauthorized": "The one who signed may not sign for the business.",
    "name_mismatch": "The signature does not bear the name of a representative.",
}
SUSPENDED_CONTRACT: Reasons = {"investigation": "The organization is being investigated."}
ENDED_CONTRACT: Reasons = {
    "requested_by_organization": "The organization asked for it.",
    "breach": "The terms were broken.",
}
INTEGRATION: Reasons = {
    "reward_not_given": "The reward is not given, or is given too early.",
    "purchase_not_granted": "What was bought is not granted, or is granted twice.",
}
GAME: Reasons = {
    "crashes": "The game crashes or does not start.",
    "content": "Some of its content is not allowed.",
    "metadata": "Its name, icon or description does not fit.",
}
ACCOUNT: Reasons = {
    "name_mismatch": "The account is not in the name of the verified business.",
    "virtual_account": "Virtual accounts cannot be paid to.",
    "document_unreadable": PAPERS["document_unreadable"],
}
ACCOUNT_UNPROVED: Reasons = {
    "name_mismatch": ACCOUNT["name_mismatch"],
    "document_unreadable": PAPERS["document_unreadable"],
}
WITHHOLDING: Reasons = {"backup_withholding": "The organization is under US backup withholding."}
ACCOUNT_CHANGE: Reasons = {
    "not_requested": "The organization says that it did not ask for this.",
    "name_mismatch": ACCOUNT["name_mismatch"],
}
APPEAL_REJECTED: Reasons = {
    "statement_correct": "The statement was checked and is correct.",
    "evidence_insufficient": "What was sent does not show the difference.",
}
APPEAL_GRANTED: Reasons = {"data_error": "Our data were wrong or not complete."}
INVOICE: Reasons = {
    "amount_differs": "The amount on the invoice differs from the statements.",
    "name_differs": "The name on the invoice differs from the contract.",
    "unreadable": "The invoice cannot be read.",
}
