"""Contracts: read, and signed as they were read."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session

from api.http.bodies import Body, Line
from api.http.problems import FieldProblem, Problem
from api.installation import Installation
from api.security.organization_access import Reader
from api.services.commands import CommandContext, Form
from api.services.organization_snapshot import OrganizationSnapshot, active_dossier
from api.services.preflight import known_business
from api.services.views import DocumentView, Done, PaperFile
from models.documents import Contract, Feature
from papers.contract import signed_contract
from storage.organizations import queries
from storage.organizations.submissions import read
from words.voice import Sentence


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


class SignedAs(BaseModel):
    """Who has signed, as they wrote it."""

    typed_name: str
    typed_title: str


class ContractDetail(ContractView):
    """The same, with who signed it last; ``None`` when nobody has."""

    signature: SignedAs | None


class Signature(Body):
    """A signature under a contract text that was read."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    text_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    typed_name: Line
    typed_title: Line
    accept: Literal[True]


def show_contracts(snapshot: OrganizationSnapshot) -> list[ContractView]:
    """The contracts, one for each feature."""
    return [show_contract(snapshot, feature) for feature in Feature]


def show_contract(snapshot: OrganizationSnapshot, feature: Feature) -> ContractView:
    """A contract and the text on offer."""
    (contract,) = (one for one in snapshot.dossier.of(Contract) if one.feature is feature)
    text = queries.contract_text(snapshot.session, feature, contract.offered_version)
    return snapshot.show(
        ContractView,
        contract,
        signed_sha256=contract.text_sha256,
        text=text.text if text else None,
        text_sha256=text.sha256 if text else None,
        share_basis_points=text.share_basis_points if text else None,
    )


def show_signed_contract(snapshot: OrganizationSnapshot, feature: Feature) -> ContractDetail:
    """A contract, the text on offer, and who signed it last."""
    view = show_contract(snapshot, feature)
    contract = snapshot.dossier.documents[view.document_id]
    form = snapshot.form(getattr(contract, "submission_id", None))
    signature = SignedAs.model_validate(form.fields, extra="ignore") if form else None
    return ContractDetail(**dict(view), signature=signature)


def signed_paper(session: Session, installation: Installation, reader: Reader, feature: Feature) -> PaperFile:
    """The contract as it was signed last, and who signed it when; 409 when it was not signed yet."""
    organization_id = reader.organization_id
    contract = queries.document(session, organization_id, f"contract/{feature}")
    organization = queries.organization(session, organization_id)
    assert isinstance(contract, Contract) and organization is not None
    version = contract.signed_version
    text = queries.contract_text(session, feature, version) if version else None
    signed = queries.latest_transition(session, organization_id, contract.id, "contract.sign")
    if text is None or signed is None or contract.submission_id is None:
        raise Problem(409, "not_signed", Sentence("This contract has not been signed yet."))
    if sha256(text.text.encode()).hexdigest() != contract.text_sha256:
        detail = Sentence("The text on file is not the one that was signed; tell the platform.")
        raise Problem(500, "internal", detail)
    evidence = read(session, installation.keyring, organization_id, contract.submission_id).fields
    active = queries.latest_transition(session, organization_id, contract.id, "contract.activate")
    content = signed_contract(
        feature=feature,
        version=text.version,
        text=text.text,
        text_sha256=text.sha256,
        platform=installation.platform,
        organization_id=organization_id,
        organization_name=organization.name,
        typed_name=evidence["typed_name"],
        typed_title=evidence["typed_title"],
        signed_at=signed.at,
        countersigned_at=active.at if active and active.revision > signed.revision else None,
    )
    return PaperFile(f"contract-{feature}-version-{text.version}.pdf", content)


async def sign_contract(context: CommandContext, feature: Feature, body: Signature) -> Done:
    """Sign the contract as it was read. Who signed what, when and from where is kept as evidence."""

    def check(session: Session) -> None:
        text = queries.contract_text(session, feature, body.version)
        if text is None or text.sha256 != body.text_sha256:
            problem = FieldProblem(
                pointer="/text_sha256",
                code="text_differs",
                detail=Sentence("This is not the text of that version; read the contract again."),
            )
            raise Problem(422, "invalid_request", errors=[problem])
        dossier = active_dossier(session, context.organization_id)
        known = known_business(session, context.installation, dossier)
        evidence["party"] = known.verified[-1] if known.verified else None

    evidence: dict[str, Any] = {
        **body.model_dump(mode="json"),
        "feature": feature.value,
        "signed_by": context.actor.id,
        "signed_at": datetime.now(UTC).isoformat(),
        "ip": context.client.address or None,
        "user_agent": context.client.user_agent,
    }
    return await context.submit(
        "contract.sign",
        f"contract/{feature}",
        {"signed_version": body.version, "text_sha256": body.text_sha256},
        Form("signature", evidence),
        check=check,
        match=True,
    )
