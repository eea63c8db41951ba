"""Who belongs to whom, and who may act."""

from models.commands import CLOCK, PIPELINE, Actor, Role
from models.mail.topics import Profile
from models.tables import MemberRow
from storage.people.profiles import choose, profile_of, roles_and_profile
from storage.people.roles import (
    add_member,
    add_staff,
    admins,
    may_act,
    membership,
    organizations_of,
    staff_roles,
)
from tests.storage.studio import Studio


def test_membership(studio: Studio) -> None:
    stranger = Studio(studio.database).admin.id
    with studio.database.reading() as session:
        assert membership(session, studio.id, studio.admin.id) == "admin"
        assert membership(session, studio.id, studio.member.id) == "member"
        assert membership(session, studio.id, stranger) is None
        assert [row.name for row in admins(session, studio.id)] == ["Ada"]


def test_only_admins_act_for_an_organization_and_systems_for_themselves(studio: Studio) -> None:
    with studio.database.reading() as session:
        assert may_act(session, studio.id, studio.admin)
        assert may_act(session, studio.id, studio.operator)
        assert may_act(session, studio.id, CLOCK)
        assert may_act(session, studio.id, PIPELINE)
        assert may_act(session, studio.id, Actor(role=Role.PROVIDER, id="payments"))
        assert not may_act(session, studio.id, studio.member)
        assert not may_act(session, "org_other", studio.admin)
        assert not may_act(session, studio.id, Actor(role=Role.FINANCE, id=studio.operator.id))


def test_a_role_that_is_taken_away_is_gone_at_once(studio: Studio) -> None:
    with studio.database.transaction() as session:
        add_member(
            session,
            MemberRow(organization_id=studio.id, subject=studio.admin.id, role="member", name="Ada"),
        )
    with studio.database.reading() as session:
        assert not may_act(session, studio.id, studio.admin)
        assert admins(session, studio.id) == []


def test_somebody_may_have_several_roles_and_organizations(studio: Studio) -> None:
    other = Studio(studio.database, "Another Studio")
    with studio.database.transaction() as session:
        add_member(
            session, MemberRow(organization_id=other.id, subject=studio.admin.id, role="member", name="Ada")
        )
        for _ in range(2):
            add_staff(session, "fiona", "finance", "Fiona")
            add_staff(session, "fiona", "auditor", "Fiona")
    with studio.database.reading() as session:
        assert [row.name for row in organizations_of(session, studio.admin.id)] == [
            "Another Studio",
            "Tiny Games",
        ]
        assert staff_roles(session, "fiona") == {"finance", "auditor"}
        assert staff_roles(session, studio.admin.id) == set()


def test_a_page_reads_the_roles_and_the_profile_of_its_reader_at_once(studio: Studio) -> None:
    dark = Profile(theme="dark", time_zone="Europe/Berlin")
    with studio.database.transaction() as session:
        for role in ("finance", "auditor"):
            add_staff(session, "frida", role, "Frida")
        for subject in ("frida", studio.admin.id):
            choose(session, subject, dark)
        add_staff(session, "gus", "operator", "Gus")
    with studio.database.reading() as session:
        found = {who: roles_and_profile(session, who) for who in ("frida", studio.admin.id, "gus", "nobody")}
        assert found == {
            "frida": ({"finance", "auditor"}, dark),
            studio.admin.id: (set(), dark),
            "gus": ({"operator"}, Profile()),
            "nobody": (set(), Profile()),
        }
        for who, (roles, profile) in found.items():
            assert (staff_roles(session, who), profile_of(session, who)) == (roles, profile)
