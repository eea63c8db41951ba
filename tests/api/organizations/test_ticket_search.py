"""What a support ticket carries is found, in part and misspelt."""

from datetime import UTC, date, datetime

import pytest

from models.programme.policy import Policy
from models.tables import GameRow, InvoiceRow, MemberRow, PayoutAttemptRow, StatementRow
from storage.encryption.keyring import Keyring, load_keyring
from storage.organizations.decisions import create_organization
from storage.organizations.submissions import save
from storage.people.ticket_search import Found, find
from tests.api.support.server import Client, Server

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OWN = "org_ticket"


def keys(server: Server) -> Keyring:
    return load_keyring("", server.state_dir)


@pytest.fixture(scope="module")
def filled(server: Server, organization: str) -> Server:
    """An organization with something of each kind."""
    founder = MemberRow(
        organization_id=OWN, subject="mia", role="admin", name="Mia Müller", email="mia@quarkspiele.example"
    )
    with server.database.transaction() as session:
        create_organization(session, OWN, "Quarkspiele & Söhne", founder, NOW, Policy())
        save(session, keys(server), "verification", OWN, "mia", {"registration_number": "HRB 47110"})
        session.add(GameRow(id="game_ticket", organization_id=OWN, name="Marmalade Falls", created_at=NOW))
        session.add(
            InvoiceRow(
                id="inv_ticket", organization_id=OWN, number="RE-2026/0815", number_key="re-2026/0815",
                dated=date(2026, 2, 1), amount=100, currency="USD", submission_id="sub_ticket",
            )
        )  # fmt: skip
        session.add(
            PayoutAttemptRow(
                payout_id="inv_ticket", attempt=1, organization_id=OWN, reference="ref-4711-zulu", amount=100,
                currency="USD", sent_at=NOW,
            )
        )  # fmt: skip
        session.add(
            StatementRow(
                id="st_ticket1", organization_id=OWN, stream="iaa", period_start=date(2019, 1, 1),
                period_end=date(2019, 1, 15), issue=1, currency="USD", gross=1, refunds=0, platform_share=0,
                adjustments=0, tax_withheld=0, net=1, us_source=0, tax_basis_points=0, issued_at=NOW,
            )
        )  # fmt: skip
    return server


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("arkspiele & s", Found.ORGANIZATION),
        ("marmalade", Found.GAME),
        ("2026/0815", Found.INVOICE),
        ("inv_ticket", Found.INVOICE),
        ("4711", Found.PAYMENT),
        ("st_tick", Found.STATEMENT),
        ("January 2019", Found.STATEMENT),
        ("2019-01-10", Found.STATEMENT),
        ("mia@quark", Found.PERSON),
        ("Quarkspeile Söhne", Found.ORGANIZATION),
        ("Marmelade Fals", Found.GAME),
        ("payout/inv_ticket", Found.INVOICE),
        ("org_tick", Found.ORGANIZATION),
        ("re-2026/0851", Found.INVOICE),
        ("RE 2026 0815", Found.INVOICE),
        ("mia@qaurkspiele.exampel", Found.PERSON),
    ],
)
def test_a_part_of_it_is_found(filled: Server, text: str, kind: Found) -> None:
    with filled.database.reading() as session:
        assert kind in {
            hit.kind for hit in find(session, keys(filled), text).data if hit.organization_id == OWN
        }


@pytest.mark.parametrize("text", ["", "qu", "%%%", "___", "13/2019", "2019-02-30", "9999999-01", "x" * 100])
def test_what_is_nothing_finds_nothing(filled: Server, text: str) -> None:
    assert OWN not in found_in(filled, text)


def found_in(filled: Server, text: str) -> list[str]:
    with filled.database.reading() as session:
        return [hit.organization_id for hit in find(session, keys(filled), text).data]


@pytest.mark.parametrize("text", ["HRB 47110", "hrb-47110", " ＨＲＢ 47110 "])
def test_a_registration_number_is_found_whole_however_it_is_written(filled: Server, text: str) -> None:
    assert OWN in found_in(filled, text)


def test_a_part_of_a_registration_number_finds_nothing(filled: Server) -> None:
    assert OWN not in found_in(filled, "HRB 4711")


def test_the_api_finds_the_same_and_says_of_what_there_is_more(filled: Server) -> None:
    olga = filled.person("olga")
    found = olga.get("/v1/operator/find", text="January 2019")
    assert found == {
        "data": [
            {
                "kind": "statement", "organization_id": OWN, "organization_name": "Quarkspiele & Söhne",
                "name": "st_ticket1", "document_id": "statement/st_ticket1", "stream": "iaa",
                "period_start": "2019-01-01", "period_end": "2019-01-15",
            }
        ],
        "alike": False,
        "more": [],
    }  # fmt: skip
    with filled.database.transaction() as session:
        for number in ("", "7", "77"):
            session.add(
                GameRow(id=f"game_m{number}", organization_id=OWN, name=f"Mirabelle{number}", created_at=NOW)
            )
    found = olga.get("/v1/operator/find", text="mirabelle", limit=1)
    assert [hit["name"] for hit in found["data"]] == ["Mirabelle"] and found["more"] == ["game"]
    found = olga.get("/v1/operator/find", text="mirabelle", kind="game", limit=3)
    assert len(found["data"]) == 3 and found["more"] == []
    assert olga.get("/v1/operator/find", text="mirabelle", kind="person")["data"] == []


def test_only_staff_find_anything(filled: Server, ada: Client) -> None:
    assert ada.call("GET", "/v1/operator/find", params={"text": "mirabelle"}).status_code == 403
