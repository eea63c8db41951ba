"""What each field is called: of the forms that people fill in, and of the documents that reviewers look at."""

import re
from collections.abc import Mapping

from words.voice import Sentence

PARTS: Mapping[str, str] = {
    "primary_representative": "Primary representative",
    "operational_representative": "Operational representative",
    "business": "Business",
    "tax": "Tax form",
    "bank": "Bank",
}
"""The parts of forms that have fields of their own."""

FIELDS: Mapping[str, str] = {
    # verification, qualification
    "country": "Country",
    "legal_name_local": "Legal name, in the local language",
    "legal_name_english": "Legal name, in English",
    "registration_number": "Registration number",
    "registered_address": "Registered address",
    "certificate_file_id": "Certificate of registration",
    "certificate_expires_on": "The certificate expires on",
    "full_name": "Full name",
    "id_number": "Number of the identity document",
    "issuing_country": "Issuing country",
    "birth_date": "Date of birth",
    "id_expires_on": "The identity document expires on",
    "proof_of_representation_file_id": "Proof that they represent the business",
    "name": "Name",
    "email": "E-mail address",
    "file_ids": "Documents",
    "explanation": "Explanation",
    "store_url": "Link to the game",
    "owner": "Owner of the game, as the store names it",
    # contract
    "feature": "Feature",
    "version": "Version",
    "text_sha256": "SHA-256 of the text",
    "typed_name": "Full name",
    "typed_title": "Title",
    "accept": "Agreement to the text",
    "party": "Name of the business",
    "signatory": "Who signed",
    "signed_at": "Signed on",
    # payout account
    "entity_name": "Name of the business",
    "permanent_address": "Permanent address",
    "registration_file_id": "Registration document",
    "form": "Tax form",
    "entity_type": "Type of entity",
    "federal_classification": "Federal tax classification",
    "tax_number": "Tax number",
    "backup_withholding": "Subject to US backup withholding",
    "institution": "Name of the bank",
    "account_name": "Name of the account",
    "account_number": "Account number",
    "account_type": "Type of account",
    "bank_code": "Bank code",
    "branch_code": "Branch code",
    "bsb": "BSB",
    "cbu": "CBU",
    "cci": "CCI",
    "clabe": "CLABE",
    "cnaps": "CNAPS code",
    "holder_tax_number": "Tax number of the account holder",
    "iban": "IBAN",
    "ifsc": "IFSC",
    "routing_number": "Routing number",
    "sort_code": "Sort code",
    "stripe_account": "Stripe account",
    "swift_bic": "SWIFT/BIC",
    "virtual": "Virtual account",
    "proof_file_ids": "Documents that prove whose account it is",
    "documents": "Documents",
    # games
    "features": "What it earns with",
    "regions": "Regions",
    "us_eu_approval": "Approval for the US and EU",
    "launched_at": "Live since",
    # statements, invoices
    "subject": "What is wrong",
    "description": "Description",
    "comparison_id": "Comparison with your own records",
    "statement_ids": "Statements",
    "statement_id": "Statement",
    "number": "Invoice number",
    "date": "Invoice date",
    "dated": "Invoice date",
    "amount": "Amount",
    "currency": "Currency",
    "total": "Total",
    "file_id": "The invoice",
    "since": "First day",
    "until": "Last day",
    "file": "Your orders",
    "stream": "Stream",
    "period_start": "First day",
    "period_end": "Last day",
    "issue": "Issue",
    "net": "Net",
    "confirm_by": "To be confirmed by",
    "clock_left": "Time left to confirm, once the appeal is decided",
    "appealed": "Appealed before",
    "adjustment": "What the appeal adds",
    "preview": "The new statement",
    "confirmed_on": "Confirmed on",
    "self_billed": "Written by the platform",
    "pay_by": "To be paid by",
    "submitted_by": "Submitted by",
    "approved_by": "Approved by",
    "initiated_by": "Invoice approved by",
    # verification and account, as reviewers see them
    "expires_on": "A document expires on",
    "proposed_expires_on": "A renewed document expires on",
    "information_due": "Information needed by",
    "signed_version": "Version signed",
    "offered_version": "Version on offer",
    "names_to_compare": "Names to compare",
    "tax_form": "Tax form",
    "tax_country": "Country on the tax form",
    "proposed_tax_form": "Tax form proposed",
    "proposed_tax_country": "Country on the tax form proposed",
    "requested_by": "Change asked for by",
    "operator_id": "Change approved by",
    "broken": "Refused by the bank",
    # payouts
    "attempt": "Attempts",
    "tries": "Tries in a row",
    "asks": "Times asked",
    "account_usable": "Account can be paid to",
    "blocked_by": "Waits because",
    "pay_day": "Payment day",
    "act_at": "Next step",
    "sent_at": "Sent",
    "unknown_since": "Outcome unknown since",
    "failure_class": "Who must act",
    "failure_code": "Why it failed",
    "retry_after_seconds": "Not to be tried again for (seconds)",
    "returned": "Came back before",
    "overpaid": "Paid too much",
    "owed": "Owed again",
    "watched": "Return watched for",
    "paid_at": "Paid",
    "not_taken": "Not received by the provider",
    "proposed_outcome": "Outcome proposed",
    "evidence": "Evidence",
    "proposed_by": "Proposed by",
    # people, keys, webhooks
    "role": "Role",
    "scopes": "What the key may do",
    "days": "Valid for how many days",
    "url": "Address",
    "events": "Events",
    "reasons": "Reason",
    "code": "Reason",
    "detail": "In words",
    # the profile, the staff's decisions, the inbox
    "language": "Language",
    "time_zone": "Time zone",
    "theme": "Appearance",
    "mail": "Mail",
    "organization_id": "Organization",
    "document_id": "Document",
    "action": "Decision",
    "facts": "Details",
    "up_to": "Read up to",
    # what programs need; it stands under “Technical details”
    "account_submission_id": "Submission of the payout account",
    "approved_digest": "Digest that was approved",
    "checks": "Checks",
    "digest": "Digest",
    "duplicates": "Attempts that were one too many",
    "game_id": "Game",
    "invoice_id": "Invoice",
    "owed_again": "Attempts that are owed again",
    "proposal": "Proposal",
    "proposed_digest": "Digest that was proposed",
    "proposed_submission_id": "Submission that is proposed",
    "reference": "Reference",
    "refused_account": "Account that was refused",
    "reminders": "Reminders",
    "replaces": "Replaces",
    "revision": "Revision",
    "sent_to": "Account that it was sent to",
    "submission_id": "Submission",
}
"""Fields by their names."""

EXAMPLES: Mapping[str, str] = {
    "legal_name_local": "Beispiel Spiele GmbH",
    "legal_name_english": "Example Games LLC",
    "registration_number": "HRB 123456",
    "registered_address": "1 Example Street, 10115 Berlin, Germany",
    "full_name": "Ada Example",
    "id_number": "X0000000000",
    "birth_date": "1985-12-10",
    "certificate_expires_on": "2030-01-31",
    "id_expires_on": "2030-01-31",
    "email": "ada@example.com",
    "store_url": "https://example.com/our-game",
    "typed_name": "Ada Example",
    "typed_title": "Managing director",
    "entity_name": "Example Games LLC",
    "permanent_address": "1 Example Street, 10115 Berlin, Germany",
    "institution": "Example Bank",
    "account_name": "Example Games LLC",
    "number": "2026-001",
    "date": "2026-11-30",
    "amount": "1204.50",
    "url": "https://example.com/webhooks",
}
"""What is typed into fields, for somebody who left one empty or filled it in otherwise."""

CHOSEN = frozenset(
    {
        *(
            "country",
            "issuing_country",
            "form",
            "entity_type",
            "federal_classification",
            "backup_withholding",
        ),
        *("account_type", "role", "code"),
    }
)
"""Fields of which one of several things is chosen."""

OF_PART: Mapping[str, str] = {
    "bank.country": "Country of the bank",
    "tax.name": "Name on the tax form",
    "bank": "Bank",
}
"""Fields that are called otherwise in a part of a form than elsewhere."""

TECHNICAL = frozenset(
    {
        *("text_sha256", "approved_digest", "proposed_digest", "proposal", "digest"),
        *("submission_id", "proposed_submission_id", "account_submission_id", "sent_to", "refused_account"),
        *("reference", "revision", "reminders", "duplicates", "owed_again", "game_id", "invoice_id"),
        *("statement_ids", "retry_after_seconds", "replaces", "checks"),
        *("tries", "asks", "watched", "not_taken", "names_to_compare", "act_at"),
    }
)
"""Fields that say something to programs only; they stand under “Technical details”, where people need not look."""


ANOTHER = Sentence("Another field")
"""A field that is none of ours, such as one that a program has made up."""


def label_of(name: str) -> Sentence:
    """What a field is called, by its name or its dotted path: ``bank.iban``, ``/bank/iban``, ``file_ids[]``."""
    return known_label(name) or ANOTHER


def known_label(name: str) -> Sentence | None:
    """The same; nothing for a field that is none of ours."""
    path = [part for part in re.split(r"[./]", name.removesuffix("[]").strip("/")) if not part.isdecimal()]
    dotted, last = ".".join(path), path[-1] if path else ""
    found = OF_PART.get(dotted) or FIELDS.get(last) or PARTS.get(last)
    return Sentence(found) if found else None


def path_of(name: str) -> list[str]:
    """What a field is called with the part of the form that it is in: ``["Bank", "IBAN"]``."""
    *above, _ = [part for part in name.split(".") if not part.isdecimal()] or [""]
    return [*(Sentence(PARTS[part]) if part in PARTS else label_of(part) for part in above), label_of(name)]
