"""The nine kinds of document that the pipeline moves along, each with the facts its rules need.

A document holds ids, states, dates and amounts only. What people write into forms (names, addresses,
tax and bank data) stays in the database under ``submission_id``; it never enters a workflow.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from models.money import MinorUnits, Money
from models.programme.clock import Moment
from models.programme.withholding import TaxForm
from models.reasons.failures import Failure, FailureClass
from models.states import (
    ContractState,
    IntegrationState,
    InvoiceState,
    LaunchState,
    PayoutAccountState,
    PayoutState,
    QualificationState,
    StatementState,
    VerificationState,
)
from models.texts.sentences import Words
from models.typed_numbers import Reference, as_typed


class Feature(StrEnum):
    """A way to earn: in-app ads or in-app purchases."""

    IAA = "iaa"
    IAP = "iap"


Region = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Stream(StrEnum):
    """A stream of revenue; each has statements of its own."""

    IAA = "iaa"
    IAP_SUBSCRIPTION = "iap_subscription"
    IAP_NON_SUBSCRIPTION = "iap_non_subscription"


class Reason(BaseModel):
    """Why something was decided: a stable code, the field it is about, and a sentence; never personal data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=60)]
    detail: Annotated[str, Field(max_length=500)] = ""
    field: Annotated[str, Field(max_length=100)] | None = None


class Check(BaseModel):
    """One check of an integration run: whether it passed, and otherwise why and how to fix it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    result: Literal["passed", "failed", "not_run"]
    why: Words = ""
    fix: Words = ""

    @model_validator(mode="before")
    @classmethod
    def under_its_former_name(cls, given: Any) -> Any:
        """What was recorded, or comes from a provider, of the time when ``fix`` was called ``mend``."""
        if isinstance(given, dict) and "mend" in given:
            return {"fix": given["mend"], **{name: value for name, value in given.items() if name != "mend"}}
        return given


class Document(BaseModel):
    """What all documents have in common.

    Attributes:
        id: unique within the organization.
        state: where it stands in its machine.
        since: when it came into that state (programme time).
        revision: how many transitions it has gone through.
        reminders: how many reminders the clock has given in this state.
        late: the review that it waits for is past its due date.
        reference: the request sent to the outside world for the present state, if any.
        reasons: why it stands where it stands.
        doubts: why the provider that reviews it has left it to people; for the platform's staff alone.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    state: str
    since: datetime
    revision: int = 0
    reminders: int = 0
    late: bool = False
    reference: str | None = None
    reasons: list[Reason] = []
    doubts: list[Reason] = Field(default=[], exclude_if=lambda value: not value)


class Verification(Document):
    """The business verification of the organization.

    Attributes:
        expires_on: when the first of the documents in force, or under a first review, runs out; ``None``: never.
        proposed_expires_on: the same for renewed documents, while they are reviewed.
    """

    machine: Literal["verification"] = "verification"
    state: VerificationState
    submission_id: str | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    expires_on: Moment | None = None
    proposed_expires_on: Moment | None = None
    information_due: datetime | None = None

    @property
    def in_force(self) -> bool:
        """Whether the business is verified now."""
        return self.state in (VerificationState.VERIFIED, VerificationState.RENEWING)


class Qualification(Document):
    """The one-time industry qualification."""

    machine: Literal["qualification"] = "qualification"
    state: QualificationState
    submission_id: str | None = None


class Contract(Document):
    """The contract for one feature; ``version`` is the one in force, ``offered_version`` the one to sign."""

    machine: Literal["contract"] = "contract"
    state: ContractState
    feature: Feature
    version: int | None = None
    signed_version: int | None = None
    offered_version: Annotated[int, Field(ge=0, lt=2**31)] = 1
    text_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    submission_id: str | None = None


class Integration(Document):
    """The integration of one feature into one game."""

    machine: Literal["integration"] = "integration"
    state: IntegrationState
    game_id: str
    feature: Feature
    checks: list[Check] = []


class Launch(Document):
    """The launch of one game.

    Attributes:
        regions: where it is to be, as two capital letters: ISO 3166 countries, and EU.
        us_eu_approval: what review said of US and EU; with restrictions, only aggregated data may be used there.
    """

    machine: Literal["launch"] = "launch"
    state: LaunchState
    game_id: str
    features: list[Feature] = []
    regions: list[Region] = []
    us_eu_approval: Literal["approved", "approved_with_restrictions", "not_approved"] | None = None
    launched_at: datetime | None = None


class PayoutAccount(Document):
    """Where the money goes.

    Attributes:
        submission_id: the account in force, or under its first check.
        proposed_submission_id: the account that a change asks for.
        proposed_digest: names the content of that account; an approval holds for nothing else.
        approved_digest: what was approved.
        names_to_compare: names on the form differ from the verified one, so an operator looks at the proof.
        requested_by: who asked for the change; may not approve it.
        operator_id: the operator who reviewed the change; may not be its second pair of eyes.
        broken: the bank has refused the account in force; no payment leaves until it is mended.
        failure_code: the bank's reason.
        tax_form: the tax form of the account in force; ``None`` before one was accepted.
        tax_country: the country of the business on that form.
        proposed_tax_form: the tax form of the account that is being checked, or that a change asks for.
        proposed_tax_country: the country on that one.
    """

    machine: Literal["payout_account"] = "payout_account"
    state: PayoutAccountState
    submission_id: str | None = None
    proposed_submission_id: str | None = None
    proposed_digest: Digest | None = None
    approved_digest: Digest | None = None
    names_to_compare: bool = False
    tax_form: TaxForm | None = None
    tax_country: Region | None = None
    proposed_tax_form: TaxForm | None = None
    proposed_tax_country: Region | None = None
    requested_by: str | None = None
    operator_id: str | None = None
    broken: bool = False
    failure_code: str | None = None

    @property
    def failure(self) -> Failure | None:
        """Why the bank refuses the account in force, as far as it said."""
        return Failure(FailureClass.ACCOUNT, self.failure_code) if self.failure_code else None


class Statement(Document):
    """The settlement of one stream for one period.

    Attributes:
        issue: 1 for the first statement of the period, one more for each replacement.
        net: what is owed for it.
        confirm_by: when it confirms itself; ``None`` while an appeal has stopped that clock.
        clock_left: what was left of the clock when the appeal stopped it.
        appealed: its one appeal has been used.
        adjustment: what a granted appeal adds to the net of the replacement.
        confirmed_on: the day on which it was confirmed.
    """

    machine: Literal["statement"] = "statement"
    state: StatementState
    stream: Stream
    period_start: date
    period_end: date
    issue: int = 1
    net: Money
    confirm_by: datetime | None = None
    clock_left: timedelta | None = None
    appealed: bool = False
    submission_id: str | None = None
    adjustment: Money | None = None
    confirmed_on: date | None = None
    invoice_id: str | None = None
    replaces: str | None = None


class Invoice(Document):
    """A claim for confirmed statements.

    Attributes:
        self_billed: the platform writes it, and numbers it without gaps when it is recorded; until then ``number`` is
            what such numbers begin with.
        pay_by: the promised day of payment.
        refused_account: the account (its submission) that the bank refused, when that was the failure.
    """

    machine: Literal["invoice"] = "invoice"
    state: InvoiceState
    number: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(as_typed)]
    statement_ids: Annotated[list[str], Field(min_length=1, max_length=200)]
    total: Money
    dated: date
    submission_id: str
    self_billed: bool = False
    submitted_by: str | None = None
    approved_by: str | None = None
    pay_by: datetime | None = None
    failure_class: FailureClass | None = None
    failure_code: str | None = None
    refused_account: str | None = None

    @property
    def failure(self) -> Failure | None:
        """Why it failed, if it did."""
        return Failure(self.failure_class, self.failure_code) if self.failure_class else None


class Payout(Document):
    """The payment of one invoice.

    Attributes:
        attempt: the number of the present or last attempt; a new one only after the provider has failed the last for good.
        not_taken: as far as is known the provider has not taken the last attempt; it may still be on its way, so
            that the same attempt is sent again, under the same reference.
        tries: transient failures in a row.
        asks: how often the provider was asked about the present unknown outcome.
        account_usable: the payout account may be paid to.
        account_submission_id: the account in force, as last heard of.
        blocked_by: why not, when it may not.
        sent_to: the account that the present or last attempt was sent to.
        refused_account: the account that the bank last refused; nothing is sent there again.
        pay_day: the payment day that it was meant to leave on; it never leaves before.
        act_at: when the clock acts next: sends, retries or asks.
        sent_at: when the present attempt was sent.
        unknown_since: since when its outcome is unknown.
        retry_after_seconds: how long the provider asked us to wait, in programme time.
        returned: a payment came back; one new approval is needed before the next.
        duplicates: the references of attempts that the provider has in transit or paid although they were given up,
            besides the one that counts, or although the payout is cancelled.
        watched: its return is watched for, or will be; not any more once the payout was closed.
        overpaid: what they come to: the organization has it, or will, and must give it back.
        owed_again: the references of payments that have come back after they were settled: after the time for returns, or
            although the organization had paid them back.
        owed: what they come to: the organization must be paid that in another way.
        initiated_by: who approved the invoice; may not approve the payout.
        approved_digest: what was approved; an approval holds for nothing else.
        proposed_outcome: what an operator found out about an unknown outcome; another person confirms it.
        evidence: where that can be seen: the number of a statement, a case or a transfer; never personal data.
        proposed_by: who found it out; may not confirm it.
        proposal: the SHA-256 of all that is proposed; a confirmation names it.
    """

    machine: Literal["payout"] = "payout"
    state: PayoutState
    invoice_id: str
    amount: Money
    attempt: int = 0
    not_taken: bool = False
    tries: int = 0
    asks: int = 0
    account_usable: bool = True
    account_submission_id: str | None = None
    blocked_by: str | None = None
    sent_to: str | None = None
    refused_account: str | None = None
    pay_day: datetime | None = None
    act_at: datetime | None = None
    sent_at: datetime | None = None
    unknown_since: datetime | None = None
    failure_class: FailureClass | None = None
    failure_code: str | None = None
    retry_after_seconds: Annotated[int, Field(ge=0, le=86_400 * 366)] | None = None
    returned: bool = False
    duplicates: list[str] = []
    overpaid: Money | None = None
    owed_again: list[str] = []
    owed: Money | None = None
    watched: bool = True
    paid_at: datetime | None = None
    initiated_by: str | None = None
    approved_by: str | None = None
    approved_digest: Digest | None = None
    proposed_outcome: Literal["paid", "not_paid"] | None = None
    evidence: Reference | None = None
    proposed_by: str | None = None
    proposal: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @property
    def failure(self) -> Failure | None:
        """Why the present or last attempt did not go through, if it did not."""
        return Failure(self.failure_class, self.failure_code) if self.failure_class else None

    @property
    def proposed_digest(self) -> str:
        """Names what there is to approve: this amount of this payout, to the account in force."""
        amount = self.amount
        said = [self.id, amount.amount, amount.currency, self.account_submission_id]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def too_many(self) -> int:
        """How many payments of its amount were made too many; less than none where some have come back."""
        return len(self.duplicates) - len(self.owed_again)

    def has_sent(self, reference: str) -> bool:
        """Whether a reference is that of an attempt of this payout, the present one or an earlier one."""
        return any(reference == self.reference_of(number) for number in range(1, self.attempt + 1))

    def counts(self, reference: str | None) -> bool:
        """Whether an attempt is the one by which the payout is paid, if it is; none is once it was cancelled."""
        return reference == self.reference and self.state not in (
            PayoutState.CANCELLED,
            PayoutState.PAID_IN_ERROR,
        )

    def reference_of(self, number: int) -> str:
        """The reference of an attempt."""
        return f"{self.id}/{number}"


AnyDocument = Annotated[
    Verification
    | Qualification
    | Contract
    | Integration
    | Launch
    | PayoutAccount
    | Statement
    | Invoice
    | Payout,
    Field(discriminator="machine"),
]

DOCUMENT: TypeAdapter[AnyDocument] = TypeAdapter(AnyDocument)


def stored_document(facts: Mapping[str, Any]) -> AnyDocument:
    """A document as the database has it, whichever release has written it; see ``models.wire.tolerant``."""
    return DOCUMENT.validate_python(facts, extra="ignore")


__all__ = [
    "DOCUMENT",
    "AnyDocument",
    "Check",
    "Contract",
    "Document",
    "FailureClass",
    "Feature",
    "Integration",
    "Invoice",
    "Launch",
    "MinorUnits",
    "Money",
    "Payout",
    "PayoutAccount",
    "Qualification",
    "Reason",
    "Statement",
    "Stream",
    "Verification",
    "stored_document",
]
