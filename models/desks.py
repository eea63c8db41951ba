"""The desks that review or check what organizations hand in, inside the platform or outside."""

from enum import StrEnum


class Desk(StrEnum):
    """The kinds of review, each with a desk and a path of its own."""

    VERIFICATION = "verification"
    QUALIFICATION = "qualification"
    CONTRACTS = "contracts"
    INTEGRATIONS = "integrations"
    LAUNCHES = "launches"
    TAX_FORMS = "tax-forms"
    BANK_ACCOUNTS = "bank-accounts"
    INVOICES = "invoices"
