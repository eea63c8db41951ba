"""The commands about policies, as somebody gives them, on a database without Temporal."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.programme.policy import Policy, default_policy
from models.tables import MemberRow
from storage.database import Database
from storage.organizations.decisions import create_organization
from storage.schema import upgrade
from tests.cli.runner import monetization

OLDER = Policy(version=0, confirm_days=14)


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two organizations, of which one goes by an older policy than the installation."""
    folder = tmp_path_factory.mktemp("policy")
    url = f"sqlite:///{folder / 'monetization.db'}"
    upgrade(url)
    with Database(url).transaction() as session:
        for organization_id, policy in (("org_1", OLDER), ("org_2", default_policy())):
            founder = MemberRow(organization_id=organization_id, subject="ada", role="admin", name="Ada")
            since = datetime(2026, 11, 2, tzinfo=UTC)
            create_organization(session, organization_id, "Example Games", founder, since, policy)
    return folder


def test_who_goes_by_which_policy_is_listed(state_dir: Path) -> None:
    here = ("--state-dir", str(state_dir))
    rows = json.loads(monetization("policy", "list", "--json", *here).out)
    said = {row["id"]: (row["organizations"], row["installation"]) for row in rows}
    assert said == {OLDER.identity: (1, False), default_policy().identity: (1, True)}
    shown = monetization("policy", "list", *here).out
    assert "1 organizations go by another policy than the installation" in shown and "renew --all" in shown


def test_what_an_organization_goes_by_is_shown(state_dir: Path) -> None:
    here = ("--state-dir", str(state_dir))
    (row,) = json.loads(monetization("policy", "show", "org_1", "--json", *here).out)
    assert (row["policy_id"], row["version"], row["actor_role"]) == (OLDER.identity, 0, "pipeline")
    nobody = monetization("policy", "show", "org_9", *here)
    assert nobody.code != 0 and "There is no organization org_9" in nobody.err
