"""Contracts: read, and signed as they were read."""

from fastapi import APIRouter, Response

from api.http.attachments import PDF, attachment, file_of
from api.http.problems import documented
from api.http.routing import COMMAND, MATCHED, READ, organization_router, takes
from api.installation import CurrentInstallation
from api.routes.dependencies import AdminCommand
from api.security.organization_access import Reading
from api.services.onboarding import contracts
from api.services.onboarding.contracts import ContractDetail, ContractView, Signature
from api.services.organization_snapshot import open_snapshot
from api.services.views import Done
from models.documents import Feature

router: APIRouter = organization_router("contracts")


@router.get("/contracts", responses=READ)
def list_contracts(reader: Reading, installation: CurrentInstallation) -> list[ContractView]:
    """The contracts, one for each feature."""
    with open_snapshot(installation, reader) as snapshot:
        return contracts.show_contracts(snapshot)


@router.get("/contracts/{feature}", responses=READ)
def read_contract(
    reader: Reading, installation: CurrentInstallation, feature: Feature, response: Response
) -> ContractDetail:
    """A feature's contract: the text on offer, who signed it last, and where it stands. Its `ETag` is needed to sign it."""
    with open_snapshot(installation, reader) as snapshot:
        view = contracts.show_signed_contract(snapshot, feature)
        response.headers["ETag"] = snapshot.etag(view.document_id)
    return view


@router.get("/contracts/{feature}/signed.pdf", **file_of(PDF, READ | documented(409)))
def download_signed_contract(
    reader: Reading, installation: CurrentInstallation, feature: Feature
) -> Response:
    """The contract as it was signed last, and who signed it when."""
    with installation.database.reading() as session:
        paper = contracts.signed_paper(session, installation, reader, feature)
    return attachment(paper.content, PDF, paper.name)


@router.post(takes("contract.sign", "/contracts/{feature}/sign"), responses=COMMAND | MATCHED)
async def sign_contract(context: AdminCommand, feature: Feature, body: Signature) -> Done:
    """Sign the contract as it was read. Who signed what, when and from where is kept as evidence."""
    return await contracts.sign_contract(context, feature, body)
