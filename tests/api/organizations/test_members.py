"""Who belongs to an organization: invited by mail, changed and removed by admins, never without any admin."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from models.tables import MemberEventRow, NotificationRow
from storage.people.members import members as members_of
from storage.people.roles import add_member
from tests.api.support.server import Client, Server


@pytest.fixture
def home(server: Server) -> str:
    """An organization of Ada's own, with Max as a plain member."""
    return server.settled_organization()


def path(home: str) -> str:
    return f"/v1/organizations/{home}/members"


def invite(ada: Client, home: str, email: str, role: str = "admin") -> str:
    answer = ada.try_post(f"{path(home)}/invitations", {"email": email, "role": role})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_an_invited_person_joins_with_the_address_that_the_issuer_has_verified(
    server: Server, ada: Client, home: str
) -> None:
    invitation = invite(ada, home, "Zoe@studio.example")
    zoe = server.person("zoe", name="Zoe", email="zoe@studio.example")
    assert zoe.get(f"/v1/invitations/{invitation}")["organization_id"] == home
    assert zoe.post(f"/v1/invitations/{invitation}/accept")["role"] == "admin"
    assert zoe.get(f"/v1/organizations/{home}")["your_role"] == "admin"
    assert zoe.get(path(home))["invitations"] == []
    assert zoe.post(f"/v1/invitations/{invitation}/accept")["role"] == "admin", "it is done already"
    with server.database.reading() as session:
        changes = session.exec(select(MemberEventRow).where(MemberEventRow.organization_id == home)).all()
        mail = session.exec(select(NotificationRow).where(NotificationRow.command_id == invitation)).one()
    assert [(row.change, row.by) for row in changes] == [("invited", "ada"), ("joined", "ada")]
    assert mail.recipient == "Zoe@studio.example" and invitation in mail.text


def test_an_invitation_that_is_accepted_twice_is_accepted(server: Server, ada: Client, home: str) -> None:
    """And tells nothing to whom it did not go, or who has left since."""
    invitation = f"/v1/invitations/{invite(ada, home, 'bea@studio.example')}/accept"
    bea = server.person("bea", email="bea@studio.example")
    first = bea.post(invitation)
    assert bea.post(invitation) == first
    other = server.person("bob", email="bob@studio.example")
    assert other.try_post(invitation).status_code == 404
    ada.post(f"{path(home)}/remove", {"subject": "bea"})
    assert bea.try_post(invitation).status_code == 404


@pytest.mark.parametrize("claims", [{}, {"email": "other@studio.example"}])
def test_an_invitation_is_nobody_elses(
    server: Server, ada: Client, home: str, claims: dict[str, str]
) -> None:
    invitation = invite(ada, home, "zoe@studio.example")
    eve = server.person("eve", **claims)
    assert eve.call("GET", f"/v1/invitations/{invitation}").status_code == 404
    assert eve.try_post(f"/v1/invitations/{invitation}/accept").status_code == 404
    assert eve.call("GET", f"/v1/organizations/{home}").status_code == 404


def test_an_invitation_can_be_taken_back_and_is_replaced_by_the_next(
    server: Server, ada: Client, home: str
) -> None:
    first = invite(ada, home, "zoe@studio.example")
    second = invite(ada, home, "zoe@studio.example", "member")
    assert [row["id"] for row in ada.get(path(home))["invitations"]] == [second]
    ada.post(f"{path(home)}/invitations/{second}/revoke")
    zoe = server.person("zoe", email="zoe@studio.example")
    for invitation in (first, second):
        assert zoe.try_post(f"/v1/invitations/{invitation}/accept").status_code == 404


def test_the_last_admin_stays(server: Server, ada: Client, home: str) -> None:
    for answer in (
        ada.try_post(f"{path(home)}/remove", {"subject": "ada"}),
        ada.try_post(f"{path(home)}/role", {"subject": "ada", "role": "member"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    ada.post(f"{path(home)}/role", {"subject": "max", "role": "admin"})
    ada.post(f"{path(home)}/remove", {"subject": "ada"})
    assert ada.call("GET", f"/v1/organizations/{home}").status_code == 404


def test_two_admins_who_remove_each_other_at_once_leave_one(server: Server, ada: Client, home: str) -> None:
    ada.post(f"{path(home)}/role", {"subject": "max", "role": "admin"})
    max_ = server.person("max")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ada.try_post, f"{path(home)}/remove", {"subject": "max"})
        second = pool.submit(max_.try_post, f"{path(home)}/remove", {"subject": "ada"})
        statuses = sorted((first.result().status_code, second.result().status_code))
    assert statuses[0] == 200 and statuses[1] in (403, 404, 409)
    with server.database.reading() as session:
        assert [row.subject for row in members_of(session, home)] in (["ada"], ["max"])


def test_plain_members_and_strangers_change_nobody(server: Server, ada: Client, home: str) -> None:
    for subject, status in (("max", 403), ("eve", 404), ("olga", 403), ("aud", 403)):
        somebody = server.person(subject)
        answer = somebody.try_post(f"{path(home)}/remove", {"subject": "max"})
        assert answer.status_code == status, subject
    assert len(ada.get(path(home))["members"]) == 2


def test_whoever_is_removed_is_out_at_once(server: Server, ada: Client, home: str) -> None:
    max_ = server.person("max")
    with server.database.transaction() as session:
        member = next(row for row in members_of(session, home) if row.subject == "max")
        member.role = "admin"
        add_member(session, member)
    assert max_.get(f"/v1/organizations/{home}")["your_role"] == "admin"
    ada.post(f"{path(home)}/remove", {"subject": "max"})
    assert max_.call("GET", f"/v1/organizations/{home}").status_code == 404
