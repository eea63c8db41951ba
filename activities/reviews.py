"""Reviews: business verification, qualification, contracts, integration probes, app review, invoices."""

from pydantic import JsonValue

from activities.definition import carries_out
from activities.failures import retried_by_temporal
from activities.installation import Installation
from activities.self_billing import write_invoice
from models import effects
from models.commands import ProviderEvent
from models.desks import Desk
from models.documents import AnyDocument, Contract, Integration, Invoice, Launch, PayoutAccount
from models.wire.steps import ExternalStep, News
from providers.protocols import FileRef, NotFound, ReviewRequest
from storage.organizations import queries
from storage.organizations.submissions import Submission, read

ACCEPTED = "payout_account.accept"


class Reviews:
    """The activities that ask external desks to review or check something."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    @carries_out(effects.REQUEST_REVIEW)
    def request_review(self, step: ExternalStep) -> News:
        """Hand a document in at its desk; the answer may come at once or later, by webhook."""
        if not step.desks:
            return News()  # by a policy that holds since then, people decide
        with retried_by_temporal():
            desk = own_desk(step)
            event = self.installation.providers.desks[desk].request(self.request(step, desk))
        return news(event, step, desk)

    @carries_out(effects.ASK_REVIEW)
    def ask_review(self, step: ExternalStep) -> News:
        """Ask after a late review, in case its answer was lost; hand it in again if it never arrived."""
        if isinstance(step.document, PayoutAccount):
            return self.check_payout_account(step)
        if not step.desks:
            return News()
        desk = own_desk(step)
        with retried_by_temporal():
            try:
                event = self.installation.providers.desks[desk].ask(step.reference)
            except NotFound:
                event = self.installation.providers.desks[desk].request(self.request(step, desk))
        return news(event, step, desk)

    @carries_out(effects.CHECK_PAYOUT_ACCOUNT)
    def check_payout_account(self, step: ExternalStep) -> News:
        """Check the tax form, then the bank account; the first that is not accepted decides."""
        event: ProviderEvent | None = None
        for desk in step.desks:
            with retried_by_temporal():
                request = self.request(step, desk)
                request.reference = f"{step.reference}/{desk}"
                event = self.installation.providers.desks[desk].request(request)
            if event is None or event.action != ACCEPTED:
                return news(event, step, desk)
        return news(event, step, step.desks[-1]) if step.desks else News()

    @carries_out(effects.WRITE_INVOICE)
    def write_invoice(self, step: ExternalStep) -> News:
        """Write the platform's own invoice where no desk is sent it."""
        if isinstance(step.document, Invoice):
            with retried_by_temporal():
                write_invoice(self.installation, step.organization_id, step.document)
        return News()

    def request(self, step: ExternalStep, desk: Desk) -> ReviewRequest:
        """What a desk is sent: the form as it was filled in, and the facts of the document."""
        if isinstance(step.document, Invoice) and step.document.self_billed:
            write_invoice(self.installation, step.organization_id, step.document)
        submission = self.submission(step.document, step.organization_id)
        game = self.game(step.document, step.organization_id)
        return ReviewRequest(
            reference=step.reference,
            organization_id=step.organization_id,
            document_id=step.document.id,
            kind=desk,
            fields={**submission.fields, **game, **facts(step.document)},
            files=[
                FileRef(name=f.name, sha256=f.sha256, content_type=f.content_type, size=f.size)
                for f in submission.files
            ],
        )

    def submission(self, document: AnyDocument, organization_id: str) -> Submission:
        """The form behind a document; empty for documents that have none."""
        submission_id = getattr(document, "submission_id", None)
        if submission_id is None:
            return Submission(fields={}, files=[])
        with self.installation.database.reading() as session:
            return read(session, self.installation.keyring, organization_id, submission_id)

    def game(self, document: AnyDocument, organization_id: str) -> dict[str, JsonValue]:
        """What the game is called that a document is about; empty for documents that are about none."""
        if not isinstance(document, Integration | Launch):
            return {}
        with self.installation.database.reading() as session:
            game = queries.game(session, organization_id, document.game_id)
        return {"game_name": game.name} if game else {}


def facts(document: AnyDocument) -> dict[str, JsonValue]:
    """What a desk must know of a document besides its form."""
    if isinstance(document, Contract):
        return {"feature": document.feature.value, "version": document.signed_version}
    if isinstance(document, Integration):
        return {"game_id": document.game_id, "feature": document.feature.value}
    if isinstance(document, Launch):
        return {
            "game_id": document.game_id,
            "features": [feature.value for feature in document.features],
            "regions": list(document.regions),
        }
    if isinstance(document, Invoice):
        return {
            "number": document.number,
            "amount": document.total.amount,
            "currency": document.total.currency,
            "dated": document.dated.isoformat(),
            "statement_ids": list(document.statement_ids),
        }
    return {}


def own_desk(step: ExternalStep) -> Desk:
    """The one desk that reviews a document."""
    [desk] = step.desks
    return desk


def news(event: ProviderEvent | None, step: ExternalStep, desk: Desk) -> News:
    """A desk's answer as the command that it amounts to, under the reference of the document's request."""
    if event is None:
        return News()
    command = event.command(desk)
    command.document_id, command.reference = step.document.id, step.reference
    return News(command=command)
