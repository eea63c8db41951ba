"""Which policy an organization goes by is recorded once for all who ask, and every renewal stays on record."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.commands import RENEW_POLICY, Actor, Command, Role
from models.documents import Reason
from models.programme.clock import ProgrammeClock
from models.programme.policy import Policy
from models.tables import MemberRow, OrganizationPolicyRow
from models.wire.steps import RenewedPolicy
from storage.database import Database
from storage.organizations.decisions import create_organization
from storage.organizations.policies import (
    how_many_go_by,
    keep_policy,
    policies_of,
    policy_history,
    policy_of,
    renew_policy,
)
from storage.people.roles import add_staff
from storage.schema import upgrade

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=10)
OLD = Policy()
NEW = Policy(version=2, qualification_review_days=10, bean_price_micros=12_000)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Two organizations that go by the old policy, and the new one kept."""
    url = f"sqlite:///{tmp_path / 'policies.db'}"
    upgrade(url)
    database = Database(url)
    with database.transaction() as session:
        for organization_id in ("org_1", "org_2"):
            founder = MemberRow(organization_id=organization_id, subject="ada", role="admin", name="Ada")
            create_organization(session, organization_id, "Example Games", founder, NOW, OLD)
        add_staff(session, "olga", "operator", "Olga")
        keep_policy(session, NEW)
        keep_policy(session, NEW)
    return database


def renewal(policy_id: str = NEW.identity, by: str = "olga", command_id: str = "c1") -> Command:
    return Command(
        id=command_id,
        action=RENEW_POLICY,
        document_id="policy",
        actor=Actor(role=Role.OPERATOR, id=by),
        facts={"policy_id": policy_id},
        reasons=[Reason(code="policy_changed", detail="reviews take longer")],
    )


def renew(database: Database, command: Command) -> RenewedPolicy:
    return renew_policy(database, "org_1", command, LATER, OLD)


def of(database: Database, organization_id: str, installation: Policy = OLD) -> Policy:
    with database.reading() as session:
        return policy_of(session, organization_id, installation)


def test_an_organization_keeps_its_policy_whatever_the_installation_goes_by(database: Database) -> None:
    own = of(database, "org_1", installation=NEW)
    assert (own.qualification_review_days, own.since) == (3, NOW)
    # But for what a settlement settles all organizations by.
    assert own.bean_price_micros == 12_000
    assert of(database, "nobody", installation=NEW) is NEW


def test_a_renewal_holds_from_now_on_and_is_recorded_once(database: Database) -> None:
    done = renew(database, renewal())
    assert done.policy is not None and (done.policy.version, done.policy.since, done.revision) == (
        2,
        LATER,
        2,
    )
    assert [policy.version for policy in done.policy.earlier] == [1]
    assert renew(database, renewal()) == renew(database, renewal(command_id="c2")) == done
    assert (of(database, "org_1").version, of(database, "org_2").version) == (2, 1)
    with database.reading() as session:
        (second, policy), (first, _) = policy_history(session, "org_1")
        assert {row.name: many for row, many in how_many_go_by(session)} == {"default": 1}
        assert [many for _, many in how_many_go_by(session)] == [1, 1]
        both = policies_of(session, ["org_1", "org_2"], OLD)
    assert (second.actor_role, second.actor_id, second.command_id) == ("operator", "olga", "c1")
    assert (second.reasons[0]["detail"], policy.version, first.since) == ("reviews take longer", 2, NOW)
    assert (both["org_1"].version, both["org_2"].version) == (2, 1)


def test_the_way_back_is_a_renewal_too(database: Database) -> None:
    renew(database, renewal())
    back = renew(database, renewal(OLD.identity, command_id="c2"))
    assert back.policy is not None and (back.policy.version, back.revision) == (1, 3)
    # A late delivery of the first renewal does not bring it forth again.
    again = renew(database, renewal())
    assert again.policy is not None and (again.policy.version, again.revision) == (1, 3)


def test_strangers_unknown_policies_and_another_calendar_are_refused(database: Database) -> None:
    faster = Policy(clock=ProgrammeClock(seconds_per_day=1))
    with database.transaction() as session:
        keep_policy(session, faster)
    codes = []
    for command in (renewal(by="ada"), renewal("default-9-nothing"), renewal(faster.identity)):
        refusal = renew(database, command).refusal
        codes.append(refusal.code if refusal else None)
    assert codes == ["not_authorized", "unknown_policy", "policy_fixed"]
    assert of(database, "org_1").version == 1


def test_an_organization_without_a_record_is_recorded_with_what_its_workflow_carries(
    database: Database,
) -> None:
    with database.transaction() as session:
        row = session.get_one(OrganizationPolicyRow, ("org_1", 1))
        session.delete(row)
    carried = Policy(version=7)
    done = renew_policy(database, "org_1", renewal(), LATER, carried)
    assert done.policy is not None
    assert [(p.version, p.since) for p in (done.policy, *done.policy.earlier)] == [(2, LATER), (7, NOW)]


def test_a_policy_of_a_newer_release_is_read(database: Database) -> None:
    newer = NEW.model_copy(update={"version": 3})
    with database.transaction() as session:
        policy_id = keep_policy(session, newer)
        session.connection().exec_driver_sql(
            "UPDATE policies SET numbers = replace(numbers, '{', '{\"most_moons\": 3,') WHERE id = ?",
            (policy_id,),
        )
    done = renew(database, renewal(policy_id))
    assert done.policy is not None and done.policy.version == 3
