"""Forms as an honest admin fills them in."""

import io
from typing import Any

from PIL import Image
from pypdf import PdfWriter

VERIFICATION: dict[str, Any] = {
    "country": "US",
    "legal_name_local": "Example Games LLC",
    "legal_name_english": "Example Games LLC",
    "registration_number": "C1234567",
    "registered_address": "1 Main Street\nSan Francisco, CA 94105",
    "certificate_file_id": "file_1",
    "certificate_expires_on": "2090-01-31",
    "primary_representative": {
        "full_name": "Ada Lovelace",
        "id_number": "X9876543210",
        "issuing_country": "US",
        "birth_date": "1985-12-10",
        "id_expires_on": "2088-06-30",
        "proof_of_representation_file_id": "file_1",
    },
    "operational_representative": {"name": "Otto", "email": "otto@example.com"},
    "file_ids": [],
}
QUALIFICATION: dict[str, Any] = {
    "store_url": "https://store.example/games/1",
    "owner": "Example Games LLC",
    "file_ids": [],
}
GAME: dict[str, Any] = {"name": "Example Game", "features": ["iaa"]}
BANK: dict[str, Any] = {
    "account_name": "Example Games LLC",
    "country": "US",
    "institution": "Example Bank",
    "account_number": "000123456789",
    "routing_number": "110000000",
}
PAYOUT_ACCOUNT: dict[str, Any] = {
    "business": {
        "entity_name": "Example Games LLC",
        "country": "US",
        "permanent_address": "1 Main Street, San Francisco",
    },
    "tax": {
        "form": "W-9",
        "federal_classification": "llc_partnership",
        "tax_number": "12-3456789",
        "backup_withholding": False,
    },
    "bank": BANK,
}


def pdf(pages: int = 1) -> bytes:
    """A small PDF."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def image(kind: str = "PNG", width: int = 480, height: int = 480) -> bytes:
    """A plain image."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, kind)
    return out.getvalue()
