"""Opaque ids: a prefix that says what the thing is, and a random part that says nothing."""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


_PART = r"[^@\s,;:<>()\[\]\\\"\x00-\x1f\x7f]"
EMAIL = rf"^{_PART}{{1,64}}@{_PART}+\.[^@\s.,;:<>()\[\]\\\"\x00-\x1f\x7f]+$"
"""What an e-mail address looks like: one address, in which no mail program reads another, or a name."""


def new_id(prefix: str) -> str:
    """A fresh id such as ``org_3f9k2m…``: 20 random characters (100 bits) after the prefix."""
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(20))}"


class DocumentId(str):
    """The id of a document, to be taken apart: its kind and what tells it from others of its kind (``statement/st_…``).

    What an organization has one of has the name of its kind alone.
    """

    __slots__ = ()

    @property
    def machine(self) -> str:
        """Its kind."""
        return self.partition("/")[0]

    @property
    def key(self) -> str:
        """What tells it from others of its kind; empty where there are no others."""
        return self.partition("/")[2]


def organization_workflow_id(organization_id: str) -> str:
    """The Temporal workflow id of an organization's life."""
    return f"organization/{organization_id}"


def payout_document_id(invoice_id: str) -> str:
    """The document id of an invoice's payout, which is its Temporal workflow id too."""
    return f"payout/{invoice_id}"
