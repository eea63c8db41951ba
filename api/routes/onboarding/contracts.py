"""Contracts: read, and signed as they were read."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints
from sqlmodel import Session

from api.http.attachments import PDF, attachment, file_of, platform
from api.http.bodies import Body, Line
from api.http.problems import FieldProblem, Problem, documented
from api.http.routing import COMMAND, MATCHED, READ, organization_router
from api.installation import Here
from api.security.identity import Reading
from api.security.rate_limits import address_of
from api.services.commands import AsAdmin, Form
from api.services.organization_snapshot import Standing, etag, moving, stand
from api.services.preflight import known_of
from api.services.views import DocumentView, Done
from models.documents import Contract, Feature
from papers.contract import signed_contract
from storage.organizations import queries
from storage.organizations.submissions import read

router: APIRouter = organization_router("contracts")


class ContractView(DocumentView):
    """The contract of one feature; ``version`` is in force, ``offered_version`` is the one to sign.

    Attributes:
        text: the contract on offer.
        text_sha256: what is to be sent when it is signed.
        share_basis_points: the platform's share under it, in hundredths of a percent.
        signed_sha256: the text that was signed last.
    """

    feature: Feature
    version: int | None
    signed_version: int | None
    offered_version: int
    signed_sha256: str | None
    text: str | None
    text_sha256: str | None
    share_basis_points: int | None


class Signature(Body):
    """A signature under a contract text that was read."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    text_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    typed_name: Line
    typed_title: Line
    accept: Literal[True]


def show_contract(session: Session, standing: Standing, feature: Feature) -> tuple[Contract, ContractView]:
    """A contract and the text on offer."""
    contract = standing.dossier.documents[f"contract/{feature}"]
    assert isinstance(contract, Contract)
    text = queries.contract_text(session, feature, contract.offered_version)
    view = standing.show(
        ContractView,
        contract,
        signed_sha256=contract.text_sha256,
        text=text.text if text else None,
        text_sha256=text.sha256 if text else None,
        share_basis_points=text.share_basis_points if text else None,
    )
    return contract, view


@router.get("/contracts", responses=READ)
def list_contracts(reader: Reading, here: Here) -> list[ContractView]:
    """The contracts, one for each feature."""
    with here.database.reading() as session:
        standing = stand(session, here, reader)
        return [show_contract(session, standing, feature)[1] for feature in Feature]


@router.get("/contracts/{feature}", responses=READ)
def read_contract(reader: Reading, here: Here, feature: Feature, response: Response) -> ContractView:
    """A feature's contract: the text on offer, and where it stands. Its `ETag` is needed to sign it."""
    with here.database.reading() as session:
        contract, view = show_contract(session, stand(session, here, reader), feature)
    response.headers["ETag"] = etag(contract)
    return view


@router.get("/contracts/{feature}/signed.pdf", **file_of(PDF, READ | documented(409)))
def download_signed_contract(reader: Reading, here: Here, feature: Feature) -> Response:
    """The contract as it was signed last, and who signed it when."""
    with here.database.reading() as session:
        contract = queries.document(session, reader.organization_id, f"contract/{feature}")
        organization = queries.organization(session, reader.organization_id)
        assert isinstance(contract, Contract) and organization is not None
        version = contract.signed_version
        text = queries.contract_text(session, feature, version) if version else None
        signed = queries.latest_transition(session, organization.id, contract.id, "contract.sign")
        if text is None or signed is None or contract.submission_id is None:
            raise Problem(409, "not_signed", "This contract has not been signed yet.")
        if sha256(text.text.encode()).hexdigest() != contract.text_sha256:
            detail = "The text on file is not the one that was signed; tell the platform."
            raise Problem(500, "internal", detail)
        evidence = read(session, here.keyring, organization.id, contract.submission_id).fields
        active = queries.latest_transition(session, organization.id, contract.id, "contract.activate")
    content = signed_contract(
        feature=feature,
        version=text.version,
        text=text.text,
        text_sha256=text.sha256,
        platform=platform(here),
        organization_id=organization.id,
        organization_name=organization.name,
        typed_name=evidence["typed_name"],
        typed_title=evidence["typed_title"],
        signed_at=signed.at,
        countersigned_at=active.at if active and active.revision > signed.revision else None,
    )
    return attachment(content, PDF, f"contract-{feature}-version-{text.version}.pdf")


@router.post("/contracts/{feature}/sign", responses=COMMAND | MATCHED)
async def sign_contract(asking: AsAdmin, feature: Feature, body: Signature) -> Done:
    """Sign the contract as it was read. Who signed what, when and from where is kept as evidence."""

    def check(session: Session) -> None:
        text = queries.contract_text(session, feature, body.version)
        if text is None or text.sha256 != body.text_sha256:
            problem = FieldProblem(
                pointer="/text_sha256",
                code="text_differs",
                detail="This is not the text of that version; read the contract again.",
            )
            raise Problem(422, "invalid_request", errors=[problem])
        known = known_of(session, asking.here, moving(session, asking.organization_id))
        evidence["party"] = known.verified[-1] if known.verified else None

    evidence: dict[str, Any] = {
        **body.model_dump(mode="json"),
        "feature": feature.value,
        "signed_by": asking.actor.id,
        "signed_at": datetime.now(UTC).isoformat(),
        "ip": address_of(asking.request) or None,
        "user_agent": asking.request.headers.get("user-agent", "")[:300],
    }
    return await asking.give(
        "contract.sign",
        f"contract/{feature}",
        {"signed_version": body.version, "text_sha256": body.text_sha256},
        Form("signature", evidence),
        check=check,
        match=True,
    )
