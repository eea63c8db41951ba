"""The words of what is told by a code besides states and actions: why, how, of what kind."""

from collections.abc import Mapping

from models.comparison import DifferenceKind
from models.documents import Feature, Stream
from models.figures import MoneyFigure
from models.reasons.failures import FAILURES, GENERAL, FailureClass
from words.labels import known_label
from words.voice import ENGLISH, Voice

STREAM_TITLES: Mapping[str, str] = {
    Stream.IAA: "In-app ads",
    Stream.IAP_SUBSCRIPTION: "Subscriptions",
    Stream.IAP_NON_SUBSCRIPTION: "One-time purchases",
}
FEATURE_TITLES: Mapping[str, str] = {Feature.IAA: "In-app ads", Feature.IAP: "In-app purchases"}
"""As they stand alone."""

BLOCKED: Mapping[str, str] = {
    "broken": "The bank refused the payout account",
    "bank_change": "The payout account is being changed",
    "no_payout_account": "The payout account is not set up",
    "not_verified": "The business is not verified",
    "verification_suspended": "The business verification is suspended",
    "verification_expired": "A document of the business verification has expired",
}
"""Why nothing can be paid to an organization now."""

STAGES: Mapping[str, str] = {
    "verification": "Business verification",
    "contracts": "Contracts",
    "integration": "Integration",
    "launch": "Launch",
    "earning": "Earning",
    "payout_account": "Payout account",
    "statements": "Statements",
    "invoice": "Invoice",
    "payout": "Payout",
    "paid": "Paid",
}
BASES: Mapping[str, str] = {"settled": "On a statement", "estimated": "Estimated"}
ACCRUING: Mapping[str, str] = {"accruing": "Being earned", "to_be_settled": "Statement to come"}
RESULTS: Mapping[str, str] = {"passed": "Passed", "failed": "Failed", "not_run": "Not checked"}
OUTCOMES: Mapping[str, str] = {
    "failed": "Failed",
    "not_received": "Not received",
    "paid": "Paid",
    "returned": "Came back",
    "returned_late": "Came back late",
    "overpaid": "Paid too much",
    "owed_again": "Owed again",
    "paid_otherwise": "Paid in another way",
    "reversed": "Reversed",
    "recovered": "Paid back",
}
"""How attempts at a payout end."""

LINES: Mapping[str, str] = {
    "earning": "Earned",
    "adjustment": "Correction of an earlier period",
    "carried_forward": "Carried forward",
    "appeal": "Granted on appeal",
    "reconciliation": "Reconciliation of an advance",
    "tax_withheld": "Tax withheld",
}
SOURCES: Mapping[str, str] = {
    "purchase": "Purchase",
    "order": "Purchase",
    "refund": "Refund",
    "chargeback": "Chargeback",
    "renewal": "Renewal",
    "ad_day": "Day of ads",
}
DIFFERENCES: Mapping[str, str] = {
    DifferenceKind.MISSING_ON_PLATFORM: "Only in your file",
    DifferenceKind.SANDBOX: "Paid with play money",
    DifferenceKind.OTHER_PERIOD: "Counted in another period",
    DifferenceKind.OTHER_AMOUNT: "Another amount",
    DifferenceKind.REFUNDED: "Refunded otherwise",
    DifferenceKind.OTHER_DAY: "Another day",
    DifferenceKind.MISSING_IN_FILE: "Not in your file",
}
APPROVALS: Mapping[str, str] = {
    "approved": "Approved",
    "approved_with_restrictions": "Approved with restrictions",
    "not_approved": "Not approved",
    "not_paid": "It was not paid",
}
FAILURE_CLASSES: Mapping[str, str] = {
    FailureClass.TRANSIENT: "Nobody: it is tried again automatically",
    FailureClass.UNKNOWN: "Nobody: the payment provider is asked",
    FailureClass.ACCOUNT: "The organization: its account cannot be paid to",
    FailureClass.PAYER: "The platform: its side could not pay",
    FailureClass.FINAL: "The platform: the payment was refused for good",
}
MONEY_FIGURES: Mapping[str, str] = {
    MoneyFigure.OWED_30: "Owed for up to 30 days",
    MoneyFigure.OWED_60: "Owed for 30 to 60 days",
    MoneyFigure.OWED_90: "Owed for 60 to 90 days",
    MoneyFigure.OWED_LONGER: "Owed for more than 90 days",
    MoneyFigure.TO_SEND: "To be sent",
    MoneyFigure.IN_TRANSIT: "In transit",
    MoneyFigure.FAILED_TRANSIENT: "Failed, tried again automatically",
    MoneyFigure.FAILED_UNKNOWN: "Outcome not known",
    MoneyFigure.FAILED_ACCOUNT: "Failed, the account cannot be paid to",
    MoneyFigure.FAILED_PAYER: "Failed, the platform’s side could not pay",
    MoneyFigure.FAILED_FINAL: "Failed, refused for good",
    MoneyFigure.RETURNED: "Came back",
    MoneyFigure.HELD: "Held",
    MoneyFigure.PAID_WRONGLY: "Paid too much, or owed again",
    MoneyFigure.PAID: "Paid in the last 30 days",
}
PROMISES: Mapping[str, str] = {"late": "Late", "today": "Due within a day", "in_time": "In time"}
RUNS: Mapping[str, str] = {
    "running": "Running",
    "completed": "Finished",
    "failed": "Failed",
    "canceled": "Cancelled",
    "terminated": "Stopped",
    "timed_out": "Out of time",
    "continued_as_new": "Going on",
    "paused": "Paused",
}
"""How a run of the settlement stands."""

CLASSIFICATIONS: Mapping[str, str] = {
    "sole_proprietor": "Individual, sole proprietor or single-member LLC",
    "c_corporation": "C corporation",
    "s_corporation": "S corporation",
    "partnership": "Partnership",
    "trust_or_estate": "Trust or estate",
    "llc_c_corporation": "LLC, taxed as a C corporation",
    "llc_s_corporation": "LLC, taxed as an S corporation",
    "llc_partnership": "LLC, taxed as a partnership",
    "other": "Other",
}
"""Line 3a of the W-9."""

ENTITY_TYPES: Mapping[str, str] = {
    "corporation": "Corporation",
    "partnership": "Partnership",
    "simple_trust": "Simple trust",
    "complex_trust": "Complex trust",
    "grantor_trust": "Grantor trust",
    "estate": "Estate",
    "tax_exempt_organization": "Tax-exempt organization",
    "private_foundation": "Private foundation",
    "disregarded_entity": "Disregarded entity",
    "international_organization": "International organization",
    "central_bank_of_issue": "Central bank of issue",
    "foreign_government_controlled_entity": "Foreign government, controlled entity",
    "foreign_government_integral_part": "Foreign government, integral part",
}
"""Line 4 of the W-8BEN-E."""

ACCOUNT_TYPES: Mapping[str, str] = {
    "checking": "Checking account",
    "savings": "Savings account",
    "ordinary": "Ordinary account",
    "current": "Current account",
}
GROUPS: Mapping[str, str] = {"day": "Day", "game": "Game", "region": "Country", "placement": "Placement"}
"""By what metrics are added up."""

DELIVERIES: Mapping[str, str] = {
    "unreachable": "It could not be reached",
    "timeout": "It did not answer in time",
    "redirected": "It sent us elsewhere",
    "not_public": "Its address is not reachable from the Internet",
}
"""Why a webhook did not arrive."""

CHECKS: Mapping[str, str] = {
    "account_name": "Name of the account",
    "entity_name": "Name of the business",
    "tax_form_name": "Name on the tax form",
    "business_country": "Country of the business",
    "registration_document": "Registration document",
    "payable_country": "Country that can be paid to",
    "virtual_account": "Account at a bank",
    "bank_of_iban": "Bank of the IBAN",
    "contract_name": "Name on the contract",
    "pdf": "The PDF",
    "not_a_pdf": "The PDF",
    "duplicate_invoice_number": "Invoice number is new",
    "reserved_number": "Invoice number is yours to give",
    "invoice_number_on_pdf": "Invoice number on the PDF",
    "amount_on_pdf": "Amount on the PDF",
    "currency_on_pdf": "Currency on the PDF",
    "date_on_pdf": "Date on the PDF",
    "name_on_pdf": "Name on the PDF",
    "e_invoice": "E-invoice in the PDF",
    "e_invoice_type": "Type of the e-invoice",
    "e_invoice_number": "Number on the e-invoice",
    "e_invoice_amount": "Amount on the e-invoice",
    "e_invoice_currency": "Currency of the e-invoice",
    "e_invoice_date": "Date on the e-invoice",
    "e_invoice_seller": "Seller on the e-invoice",
    "pay_out_not_open": "Pay-out is open",
    "not_verified": "The business is verified",
    "payout_account_not_active": "The payout account is active",
    "unknown_statement": "Statements of yours",
    "statement_not_confirmed": "Statements are confirmed",
    "total_differs": "Amount is the sum of the statements",
    "below_minimum": "Smallest invoice",
    "wrong_date": "Invoice date",
}
"""What was checked."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "streams": STREAM_TITLES,
    "features": FEATURE_TITLES,
    "blocked": BLOCKED,
    "stages": STAGES,
    "bases": BASES,
    "accruing": ACCRUING,
    "results": RESULTS,
    "outcomes": OUTCOMES,
    "lines": LINES,
    "sources": SOURCES,
    "differences": DIFFERENCES,
    "approvals": APPROVALS,
    "failure_classes": FAILURE_CLASSES,
    "runs": RUNS,
    "money_figures": MONEY_FIGURES,
    "promises": PROMISES,
    "classifications": CLASSIFICATIONS,
    "entity_types": ENTITY_TYPES,
    "account_types": ACCOUNT_TYPES,
    "groups": GROUPS,
    "deliveries": DELIVERIES,
    "checks": CHECKS,
}
"""All of them, by name."""


def code(name: str, table: str = "", voice: Voice = ENGLISH) -> str:
    """A code in words; one that somebody outside has made up, with its words apart.

    Args:
        table: in which it is looked up, by its name; without it, in all of them.
    """
    tables = [TABLES[table]] if table else TABLES.values()
    found = next((each[name] for each in tables if name in each), None)
    return voice.translate(found) if found else apart(name)


def apart(name: str) -> str:
    """Words that are joined by underscores, apart."""
    return name.replace("_", " ").strip().capitalize()


def check(name: str, voice: Voice = ENGLISH) -> str:
    """What a check looked at."""
    if name in CHECKS:
        return voice.translate(CHECKS[name])
    found = known_label(name.removesuffix("_given"))
    return voice.translate(found) if found else apart(name)


def failure(
    code_: str | None, failure_class: FailureClass = FailureClass.FINAL, voice: Voice = ENGLISH
) -> str:
    """Why a payment failed, a sentence."""
    words = FAILURES.get(code_ or "") or GENERAL[failure_class]
    return voice.translate(words.why)
