"""The reasons that people may give for what they do with a payout: codes, and what each means."""

from collections.abc import Mapping

Reasons = Mapping[str, str]

HOLD: Reasons = {
    "account_suspected": "The bank account may not be the organization's.",
    "amount_questioned": "The amount is being checked.",
    "fraud_suspected": "The earnings or the organization are being investigated.",
    "provider_incident": "The payment provider has trouble; better wait.",
    "requested_by_organization": "The organization asked for it.",
    "sanctions_check": "The organization or its bank is checked against sanctions lists.",
}
RELEASE_HOLD: Reasons = {
    "cleared": "It was checked and nothing is wrong.",
    "held_by_mistake": "There was no reason to hold it.",
    "provider_recovered": "The payment provider works again.",
}
CANCEL: Reasons = {
    "declined_for_good": "The payment provider will never make this payment.",
    "fraud_confirmed": "The investigation found fraud.",
    "paid_otherwise": "The amount was paid in another way.",
    "requested_by_organization": "The organization asked for it.",
    "sanctioned": "The organization or its bank is under sanctions.",
    "wrong_invoice": "The invoice should not have been approved.",
}
RECOVER: Reasons = {
    "repaid": "The organization has paid it back.",
    "reversed": "It was stopped or reversed at the payment provider.",
    "set_off": "It was set off against another payment to the organization.",
}
SETTLE: Reasons = {
    "paid_otherwise": "The amount was paid in another way.",
    "set_off": "It was set off against what the organization owed.",
}
RETRY: Reasons = {
    "cause_mended": "What made it fail is put right.",
    "funded": "The paying account has funds again.",
    "provider_recovered": "The payment provider works again.",
}
TRANSFER_REVERSED = "transfer_reversed"
RESOLVE_PAID: Reasons = {
    "bank_statement": "The paying account's statement shows it.",
    "provider_confirmed": "The payment provider confirmed it in writing.",
    "provider_record": "The payment provider's own list of payments shows it.",
}
RESOLVE: Reasons = {
    **RESOLVE_PAID,
    TRANSFER_REVERSED: "What the payment provider had taken of it was reversed there, and its own page says so.",
}
WITHDRAW: Reasons = {
    "mistaken": "It was proposed by mistake.",
    "found_out_otherwise": "Something else was found out since.",
}
DECLINE: Reasons = {
    "evidence_contradicts": "The evidence says something else.",
    "evidence_insufficient": "The evidence does not show it.",
}
