"""``organizations why``: one calm screen, from the database alone."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from models.documents import (
    AnyDocument,
    Contract,
    Feature,
    Launch,
    PayoutAccount,
    Statement,
    Stream,
    Verification,
)
from models.earnings import AdDay
from models.money import Money
from models.programme.policy import Policy, default_policy
from models.states import ContractState, LaunchState, PayoutAccountState, StatementState, VerificationState
from models.tables import EarningTermRow, MemberRow
from storage.database import Database
from storage.earnings.reports import import_ad_days
from storage.organizations.decisions import create_organization
from storage.schema import upgrade
from tests.api.support.server import put
from tests.cli.runner import Ended, monetization
from tests.words.machine_words import machine_words_in

ORGANIZATION = "org_example"


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with an organization whose money waits for four things at once."""
    folder = tmp_path_factory.mktemp("why")
    url = f"sqlite:///{folder / 'monetization.db'}"
    upgrade(url)
    database, now = Database(url), default_policy().clock.now()
    since = now - timedelta(days=10)
    with database.transaction() as session:
        founder = MemberRow(organization_id=ORGANIZATION, subject="ada", role="admin", name="Ada")
        create_organization(session, ORGANIZATION, "Example Games", founder, since, Policy())
        documents: tuple[AnyDocument, ...] = (
            Verification(id="verification", state=VerificationState.SUSPENDED, since=since, country="GB"),
            PayoutAccount(id="payout_account", state=PayoutAccountState.NOT_SET_UP, since=since),
            Contract(
                id="contract/iaa", state=ContractState.ACTIVE, since=since, feature=Feature.IAA, version=1
            ),
            Launch(id="launch/g1", state=LaunchState.LIVE, since=since, game_id="g1", launched_at=since),
            *(
                Statement(
                    id=f"statement/st_{number}",
                    state=StatementState(state),
                    since=since,
                    stream=Stream.IAA,
                    period_start=date(2026, number, 1),
                    period_end=date(2026, number, 15),
                    net=Money(amount=cents),
                    confirm_by=since + timedelta(days=28) if state == "pending_confirmation" else None,
                )
                for number, state, cents in ((1, "confirmed", 6_000), (2, "pending_confirmation", 3_000))
            ),
        )
        for document in documents:
            put(session, ORGANIZATION, document)
        for document_id, version in (("contract/iaa", 1), ("launch/g1", None)):
            session.add(
                EarningTermRow(
                    organization_id=ORGANIZATION,
                    document_id=document_id,
                    from_day=date(2020, 1, 1),
                    earns=True,
                    version=version,
                )
            )
    day = AdDay(
        report_id="report-1",
        revision=1,
        organization_id=ORGANIZATION,
        game_id="g1",
        placement="rewarded",
        region="GB",
        day=now.date(),
        requests=1,
        impressions=1,
        clicks=1,
        revenue_micros=10_000_000,
    )
    assert import_ad_days(database, [day], now)
    return folder


def why(state_dir: Path, *more: str, organization_id: str = ORGANIZATION) -> Ended:
    return monetization("organizations", "why", organization_id, "--state-dir", str(state_dir), *more)


def test_one_screen_says_it_all(state_dir: Path) -> None:
    ended = why(state_dir)
    assert ended.code == 0, ended.err
    print(ended.out)
    for said in (
        "Example Games is owed $90.00.",
        "the operations team  The platform suspended the verification",
        "→ Reinstate the verification once the reason is gone.",
        "the organization  No payout account is set up",
        "Business verification must be complete first",
        "$40.00 is missing",
        "The statement is confirmed automatically, and can no longer be appealed.",
        "$7.00 (estimated)",
        "The next payment day is Friday,",
    ):
        assert said in ended.out, said
    assert len(ended.out.splitlines()) < 40, "one screen"
    shown = monetization("organizations", "show", ORGANIZATION, "--state-dir", str(state_dir))
    assert shown.code == 0, shown.err
    for words in (ended.out, shown.out):
        assert not machine_words_in(words, "an id", "a code"), words
        assert not re.findall(r"\b(?!org_|st_|payout_account\b)[a-z]+(?:_[a-z]+)+\b", words), words


def test_scripts_get_the_same(state_dir: Path) -> None:
    said = why(state_dir, "--json").json()
    assert said["owed"] == {"amount": 9_000, "currency": "USD"}
    assert {item["document_id"] for item in said["blockers"]} >= {
        "verification", "payout_account", "statement/st_1", "statement/st_2",
    }  # fmt: skip
    assert said["waiting_money"]["owed"]["operator"]["amount"] == 6_000
    assert said["waiting_money"]["estimated"]["clock"]["amount"] == 700
    assert said["forecast"]["threshold"]["missing"]["amount"] == 4_000
    assert datetime.fromisoformat(said["now"]).tzinfo == UTC


def test_an_organization_that_there_is_not(state_dir: Path) -> None:
    ended = why(state_dir, organization_id="org_nobody")
    assert ended.code == 4
    assert "There is no organization org_nobody." in ended.err
