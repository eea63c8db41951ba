"""Everything that is said before something is submitted, all at once; the submission is judged by the same."""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, Field
from sqlmodel import Session

from api.http.problems import FieldProblem, Problem
from api.installation import Installation
from api.services.organization_snapshot import own_policy
from forms.findings import Finding, Verdict, verdict
from forms.payout_account import Known
from models.documents import Contract, Verification
from models.dossier import Dossier
from models.states import VerificationState
from storage.organizations.submissions import UnknownSubmission, read
from words.voice import Sentence, joined


class PreflightView(BaseModel):
    """What submitting would find; nothing was stored."""

    verdict: Verdict = Field(description="`ready`: it would be taken; `to_fix`: something blocks it")
    findings: list[Finding]


def show_preflight(findings: Sequence[Finding]) -> PreflightView:
    """Findings as they are answered: what blocks first."""
    ordered = sorted(findings, key=lambda f: (not f.blocks, f.result != "failed", f.result == "passed"))
    return PreflightView(verdict=verdict(ordered), findings=ordered)


def blocking(findings: Iterable[Finding]) -> list[FieldProblem]:
    """The findings because of which a form is not taken, as marks of its fields."""
    return [
        FieldProblem(pointer=f.pointer, code=f.name, detail=joined(Sentence(f.why), Sentence(f.fix)))
        for f in findings
        if f.blocks
    ]


def refuse_blocked(findings: Iterable[Finding]) -> None:
    """Refuse what does not pass, with everything that is to be corrected."""
    if errors := blocking(findings):
        raise Problem(422, "invalid_request", errors=errors)


def known_business(session: Session, installation: Installation, dossier: Dossier) -> Known:
    """What is known of a business: its verified names, and those on its contracts."""
    verification = dossier.get("verification", Verification)
    verified: list[str] = []
    if verification is not None and verification.state == VerificationState.VERIFIED:
        fields = fields_of_form(session, installation, dossier.organization_id, verification.submission_id)
        names = (fields.get(name) for name in ("legal_name_local", "legal_name_english"))
        verified = [name for name in names if isinstance(name, str)]
    parties = []
    for contract in dossier.of(Contract):
        signature = fields_of_form(session, installation, dossier.organization_id, contract.submission_id)
        if isinstance(signature.get("party"), str):
            parties.append((contract.feature.value, str(signature["party"])))
    return Known(
        verified=tuple(dict.fromkeys(verified)),
        country=verification.country if verification and verification.in_force else None,
        contracts=tuple(parties),
        unpayable=own_policy(session, installation, dossier.organization_id).unpayable_countries,
    )


def fields_of_form(
    session: Session, installation: Installation, organization_id: str, submission_id: str | None
) -> dict[str, object]:
    """The fields of a form; empty when there is none."""
    if submission_id is None:
        return {}
    try:
        return dict(read(session, installation.keyring, organization_id, submission_id).fields)
    except UnknownSubmission:
        return {}
