"""Business verification and industry qualification."""

from datetime import UTC, datetime, time
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.http.bodies import Body, Country, Day, Email, FileId, FileIds, Line, Text
from api.services.commands import CommandContext, Form, fields_of
from api.services.organization_snapshot import OrganizationSnapshot
from api.services.views import DocumentView, Done, FormView
from models.documents import AnyDocument, Qualification, Verification

StoreLink = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$", max_length=500)]


class VerificationView(DocumentView):
    """The business verification."""

    country: str | None
    expires_on: datetime | None
    information_due: datetime | None
    form: FormView | None


class QualificationView(DocumentView):
    """The industry qualification."""

    form: FormView | None


class PrimaryRepresentative(Body):
    """Who represents the business, with an identity document and a proof that they may."""

    full_name: Line
    id_number: Line
    issuing_country: Country
    birth_date: Day
    id_expires_on: Day | None = None
    proof_of_representation_file_id: FileId


class OperationalRepresentative(Body):
    """Whom to ask about everyday things."""

    name: Line
    email: Email


class VerificationForm(Body):
    """A business, as it is to be verified."""

    country: Country
    legal_name_local: Line
    legal_name_english: Line
    registration_number: Line
    registered_address: Text
    certificate_file_id: FileId
    certificate_expires_on: Annotated[Day | None, Field(description="leave out if it never expires")] = None
    primary_representative: PrimaryRepresentative
    operational_representative: OperationalRepresentative
    file_ids: FileIds = Field(default_factory=list, description="further files")

    def form(self) -> Form:
        """The form to be kept."""
        files = (
            self.certificate_file_id,
            self.primary_representative.proof_of_representation_file_id,
            *self.file_ids,
        )
        return Form("verification", fields_of(self, "file_ids"), tuple(dict.fromkeys(files)))

    def expiry(self) -> dict[str, Any]:
        """When the first of the documents expires, if one does."""
        days = (self.certificate_expires_on, self.primary_representative.id_expires_on)
        dated = [day for day in days if day is not None]
        return {"expires_on": datetime.combine(min(dated), time(), UTC).isoformat()} if dated else {}


class Information(Body):
    """What a reviewer asked for: usually a proof of address that is not older than six months."""

    explanation: Text | None = None
    file_ids: Annotated[FileIds, Field(min_length=1)]


class QualificationForm(Body):
    """A playable game of yours on another store; if its owner differs, also a proof that it is yours."""

    store_url: StoreLink
    owner: Line
    file_ids: FileIds = Field(default_factory=list)


def submitted(document: AnyDocument) -> str | None:
    """The form that a document stands on."""
    return getattr(document, "submission_id", None)


def show_verification(snapshot: OrganizationSnapshot) -> VerificationView:
    """The business verification: where it stands, and what was submitted."""
    document = snapshot.one(Verification)
    return snapshot.show(VerificationView, document, form=snapshot.form(document.submission_id))


async def submit_verification(context: CommandContext, body: VerificationForm) -> Done:
    """Submit the business for verification, or again after it could not be verified."""
    facts = {"country": body.country, **body.expiry()}
    return await context.submit("verification.submit", "verification", facts, body.form())


async def renew_verification(context: CommandContext, body: VerificationForm) -> Done:
    """Submit renewed documents before those in force expire."""
    return await context.submit("verification.renew", "verification", body.expiry(), body.form())


async def provide_information(context: CommandContext, body: Information) -> Done:
    """Provide what the reviewer asked for; it is added to the form."""
    fields = {"information": fields_of(body, "file_ids")}
    form = Form("verification", fields, body.file_ids, adds_to=submitted)
    return await context.submit("verification.provide_information", "verification", form=form)


def show_qualification(snapshot: OrganizationSnapshot) -> QualificationView:
    """The industry qualification."""
    document = snapshot.one(Qualification)
    return snapshot.show(QualificationView, document, form=snapshot.form(document.submission_id))


async def submit_qualification(context: CommandContext, body: QualificationForm) -> Done:
    """Submit a link to a playable game."""
    form = Form("qualification", fields_of(body, "file_ids"), body.file_ids)
    return await context.submit("qualification.submit", "qualification", form=form)
