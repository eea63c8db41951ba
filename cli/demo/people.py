"""The platform's invented staff: everybody on a local stack can be them, because its issuer asks for no password."""

from dataclasses import dataclass

from config.settings import Settings
from models.commands import Role
from storage.database import Database
from storage.people.roles import add_staff


@dataclass(frozen=True)
class Person:
    """Somebody who signs in.

    Attributes:
        subject: the issuer's id of the person.
        name: how they are called.
    """

    subject: str
    name: str

    @property
    def email(self) -> str:
        """An address that can never exist (RFC 2606)."""
        return f"{self.subject}@studio.example"


OLGA = Person("olga", "Olga Operator")
FEMI = Person("femi", "Femi Finance")
AUDREY = Person("audrey", "Audrey Auditor")
RITA = Person("rita", "Rita Reviewer")
"""Decides reviews; the sandbox plays her."""

STAFF = (
    (OLGA, Role.OPERATOR.value),
    (RITA, Role.OPERATOR.value),
    (FEMI, Role.FINANCE.value),
    (AUDREY, "auditor"),
)
"""Who works for the platform on a local stack, and as what."""


def register_staff(settings: Settings) -> None:
    """Make the invented staff known to the database."""
    with Database(settings.database()).transaction() as session:
        for person, role in STAFF:
            add_staff(session, person.subject, role, person.name, person.email)
