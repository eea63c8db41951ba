"""Invitations are mails to people who asked for nothing: few of them, and in our words."""

from datetime import timedelta

import pytest

from api.services.organizations.members import invitation_text
from mails.names import unlinked
from models.identity import new_id
from models.programme.policy import default_policy
from models.tables import InvitationRow, MemberRow, real_now
from storage.people.roles import add_member
from tests.api.support.server import Server

POLICY = default_policy()
ADDRESS = "https://console.example/invitations/ivt_1"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Example Games", "Example Games"),
        ("Studio 2.1", "Studio 2.1"),
        ("株式会社サンプル", "株式会社サンプル"),
        (
            "Your account is locked: https://evil.example/now",
            "Your account is locked: https[://]evil[.]example/now",
        ),
        ("www.evil.example", "www[.]evil[.]example"),
        ("help@evil.example", "help[@]evil[.]example"),
        ("evil。example", "evil[。]example"),
        ("One\r\n\r\nTwo\u2028Three", "One Two Three"),
        ("x" * 200, "x" * 80 + "…"),
        ("evil\u200b.example", "evil[.]example"),
        ("evil․example", "evil[․]example"),
        ("\u202eelpmaxe.live\u202c", "elpmaxe[.]live"),
        ("\u2066Fine\u2069 \ufeffGames", "Fine Games"),
        ("203.0.113.7/pay", "[number]/pay"),
        ("10.0.0.7/pay", "10[.]0.0.7/pay"),
        ("Studio 2.1.3", "Studio 2.1.3"),
        ("Call +1 (800) 555-0100 now", "Call [number] now"),
        ("18005550100", "[number]"),
        ("Studio 2026 10 Ltd", "Studio 2026 10 Ltd"),
        ("X” – “your platform", 'X" – "your platform'),
        ("म राम ट्रेडर्स", "म राम ट्रेडर्स"),
    ],
)
def test_a_name_in_a_mail_leads_nowhere(name: str, shown: str) -> None:
    assert unlinked(name) == shown


def test_the_mail_begins_with_our_words_and_links_only_to_us() -> None:
    phishing = "URGENT your payout is blocked, go to https://evil.example"
    text = invitation_text("admin", phishing, phishing, ADDRESS)
    assert text.startswith(
        "You are invited to join an organization here as an admin. Sign in with this address at "
    )
    assert text.replace("[://]", "").count("://") == 1 and text.count(ADDRESS) == 1
    assert "https://evil" not in text and "evil.example" not in text


def invitation(organization: str, by: str, email: str) -> InvitationRow:
    now = real_now()
    return InvitationRow(
        id=new_id("ivt"), organization_id=organization, email=email, role="member", invited_by=by,
        invited_at=now, expires_at=now + timedelta(days=14), ended_at=now,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "next_one"),
    [
        ("victim{n}+{m}@example.com", "victim{n}@example.com"),
        ("victim{n}@example.com", "Victim{n}+x@Example.com"),
        ("vic_im{n}+{m}@example.com", "vic_im{n}+y+z@example.com"),
        ("ÖVÜ{n}@example.com", "ÖVÜ{n}@example.com"),
    ],
)
def test_a_mailbox_is_one_however_it_is_written(server: Server, sent: str, next_one: str) -> None:
    home, other = server.settled_organization(), server.settled_organization()
    person, n = f"ada-{new_id('p')}", new_id("n")
    admin = server.person(person)
    rows = [
        invitation(other, "somebody", sent.format(n=n, m=m)) for m in range(POLICY.most_invitations_to_one)
    ]
    with server.database.transaction() as session:
        add_member(session, MemberRow(organization_id=home, subject=person, role="admin", name="Ada"))
        session.add_all(rows)
    path = f"/v1/organizations/{home}/members/invitations"
    refused = admin.try_post(path, {"email": next_one.format(n=n), "role": "member"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ceiling_reached"), refused.text
    for another in (f"vicXim{n}@example.com", f"victim{n}@example.org", f"n+{n}@example.com"):
        assert admin.try_post(path, {"email": another, "role": "member"}).status_code == 201


@pytest.mark.parametrize("whose", ["the organization's", "the person's", "to one address"])
def test_only_so_many_are_mailed_in_a_day(server: Server, whose: str) -> None:
    home, other = server.settled_organization(), server.settled_organization()
    person = f"ada-{new_id('p')}"
    admin = server.person(person)
    with server.database.transaction() as session:
        add_member(session, MemberRow(organization_id=home, subject=person, role="admin", name="Ada"))
    wanted = f"{new_id('wanted')}@example.com"
    if whose == "to one address":
        sent = [invitation(other, "somebody", wanted.upper()) for _ in range(POLICY.most_invitations_to_one)]
    else:
        at, by = (home, "somebody") if whose == "the organization's" else (other, person)
        sent = [invitation(at, by, f"{n}@example.com") for n in range(POLICY.most_invitations_a_day)]
    path = f"/v1/organizations/{home}/members/invitations"
    with server.database.transaction() as session:
        session.add_all(sent[1:])
    assert admin.try_post(path, {"email": wanted, "role": "member"}).status_code == 201
    refused = admin.try_post(path, {"email": wanted, "role": "member"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ceiling_reached"), refused.text
    assert "24 hours" in refused.json()["detail"]
    elsewhere = admin.try_post(path, {"email": f"{new_id('new')}@example.com", "role": "member"})
    assert elsewhere.status_code == (201 if whose == "to one address" else 409)
