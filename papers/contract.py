"""The signed contract: its text as it was signed, and who signed it when."""

import re
from datetime import UTC, datetime

from models.documents import Feature
from papers.parties import Party
from papers.pdf import typeset
from words.codes import FEATURE_TITLES


def signed_contract(
    *,
    feature: Feature,
    version: int,
    text: str,
    text_sha256: str,
    platform: Party,
    organization_id: str,
    organization_name: str,
    typed_name: str,
    typed_title: str,
    signed_at: datetime,
    countersigned_at: datetime | None,
) -> bytes:
    """The PDF of a signed contract.

    Args:
        text: the contract as it was read and signed; its lines are set as paragraphs.
        text_sha256: of the text in UTF-8.
        typed_name: how the admin who signed wrote their name; likewise ``typed_title``.
        countersigned_at: when the platform signed too; ``None`` until it has.
    """
    return typeset(
        "contract.typ",
        {
            "feature": FEATURE_TITLES[feature],
            "version": version,
            "paragraphs": paragraphs(text),
            "text_sha256": text_sha256,
            "platform": platform.model_dump(),
            "organization_id": organization_id,
            "organization_name": organization_name,
            "typed_name": typed_name,
            "typed_title": typed_title,
            "signed_on": day(signed_at),
            "signed_at": moment(signed_at),
            "countersigned_at": moment(countersigned_at) if countersigned_at else None,
        },
    )


def paragraphs(text: str) -> list[str]:
    """A text in paragraphs of one line each, which begin after an empty line and with each numbered article."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n|\n(?=\d+\. )", text.strip())]


def day(at: datetime) -> str:
    """A moment's day."""
    return at.astimezone(UTC).date().isoformat()


def moment(at: datetime) -> str:
    """A moment for people: ``2026-03-01 14:05 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
