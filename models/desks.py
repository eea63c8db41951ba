"""The desks that review or check what organizations hand in, and who decides there: people, or a provider."""

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


class Decider(StrEnum):
    """Who decides what comes to a desk: people of the platform, or a provider, which may leave it to them."""

    PEOPLE = "people"
    PROVIDER = "provider"
    PROVIDER_THEN_PEOPLE = "provider_then_people"
