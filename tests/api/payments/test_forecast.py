"""What an admin is told about money to come: blockers with addresses, the forecast and the balance."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, delete

from api.http.routing import PATHS
from api.services.organizations.action_links import link
from lifecycle.machines import MACHINES
from models.commands import AllowedAction, Role
from models.documents import (
    Contract,
    Feature,
    Invoice,
    Launch,
    Payout,
    PayoutAccount,
    Statement,
    Stream,
    Verification,
)
from models.earnings import AdDay
from models.money import Money
from models.programme.clock import add_working_days
from models.programme.policy import Policy
from models.states import (
    ContractState,
    InvoiceState,
    LaunchState,
    PayoutAccountState,
    PayoutState,
    StatementState,
    VerificationState,
)
from models.tables import EarningTermRow, OrganizationPolicyRow
from storage.earnings.reports import import_ad_days
from storage.organizations.policies import begin_policy
from tests.api.support.server import Client, Server, put, put_statement

NOW = datetime.now(UTC)
TODAY = NOW.date()


@pytest.fixture(scope="module")
def earning(server: Server) -> str:
    """An organization with money in every account: accruing, unconfirmed, confirmed, invoiced, in transit and paid."""
    organization_id = server.settled_organization()
    short = organization_id[4:]
    states = ("pending_confirmation", "confirmed", "invoiced", "invoiced", "paid", "replaced")
    documents: list[Any] = [
        Verification(id="verification", state=VerificationState.VERIFIED, since=NOW, country="GB"),
        PayoutAccount(id="payout_account", state=PayoutAccountState.NEEDS_FIX, since=NOW, broken=True),
        Contract(id="contract/iaa", state=ContractState.ACTIVE, since=NOW, feature=Feature.IAA, version=1),
        Launch(id="launch/g1", state=LaunchState.LIVE, since=NOW, game_id="g1", launched_at=NOW),
    ]
    with server.database.transaction() as session:
        for number, state in enumerate(states):
            start = date(2026, 1, 1) + timedelta(days=number)
            if state != "replaced":
                put_statement(session, organization_id, f"st_{number}{short}", 10_000 * (number + 1), start)
            documents.append(
                Statement(
                    id=f"statement/st_{number}{short}",
                    state=StatementState(state),
                    since=NOW,
                    stream=Stream.IAA,
                    period_start=start,
                    period_end=start,
                    net=Money(amount=10_000 * (number + 1)),
                    confirm_by=NOW + timedelta(days=28) if not number else None,
                    invoice_id=f"invoice/inv_{number}{short}" if 1 < number < 5 else None,
                )
            )
        for number, state in ((2, "awaiting_account"), (3, "in_transit"), (4, "paid")):
            money = Money(amount=10_000 * (number + 1))
            documents += [
                Invoice(
                    id=f"invoice/inv_{number}{short}",
                    state=InvoiceState.PAID if state == "paid" else InvoiceState.PROCESSING_PAYMENT,
                    since=NOW,
                    number=str(number),
                    statement_ids=[f"statement/st_{number}{short}"],
                    total=money,
                    dated=TODAY,
                    submission_id="sub_1",
                ),
                Payout(
                    id=f"payout/inv_{number}{short}",
                    state=PayoutState(state),
                    since=NOW,
                    invoice_id=f"invoice/inv_{number}{short}",
                    amount=money,
                    sent_at=NOW,
                    act_at=NOW + timedelta(days=7) if state == "in_transit" else None,
                    paid_at=NOW if state == "paid" else None,
                ),
            ]
        for document in documents:
            put(session, organization_id, document)
        for document_id, version in (("contract/iaa", 1), ("launch/g1", None)):
            session.add(
                EarningTermRow(
                    organization_id=organization_id,
                    document_id=document_id,
                    from_day=date(2020, 1, 1),
                    earns=True,
                    version=version,
                )
            )
    import_ad_days(
        server.database,
        [
            AdDay(
                report_id=f"report-{short}",
                revision=1,
                organization_id=organization_id,
                game_id="g1",
                placement="rewarded",
                region="GB",
                day=TODAY,
                requests=1,
                impressions=1,
                clicks=1,
                revenue_micros=100_000_000,
            )
        ],
        NOW,
    )
    return organization_id


def test_blockers_say_who_what_where_and_how_much(ada: Client, earning: str) -> None:
    said = ada.get(f"/v1/organizations/{earning}/blockers")
    found = {blocker["document_id"]: blocker for blocker in said["blockers"]}
    short, path = earning[4:], f"/v1/organizations/{earning}"
    account = found["payout_account"]
    assert set(account["documents"]) == {
        "payout_account",
        f"payout/inv_2{short}",
        f"invoice/inv_2{short}",
        f"statement/st_2{short}",
    }
    assert account["links"] == [{"action": "payout_account.change", "path": f"{path}/payout-account/change"}]
    assert account["counted"] == {"amount": 20_000 + 30_000, "currency": "USD"}
    pending = found[f"statement/st_0{short}"]
    assert pending["links"][0] == {
        "action": "statement.confirm",
        "path": f"{path}/statements/st_0{short}/confirm",
    }
    assert found[f"statement/st_1{short}"]["after"] == ["payout_account"]
    accruing = next(blocker for blocker in said["blockers"] if blocker["estimated"])
    assert accruing["counted"] == {"amount": 7_000, "currency": "USD"}
    by = {waiting["who"]: waiting for waiting in said["waiting_money"]}
    assert by["admin"]["owed"]["amount"] == 60_000
    assert by["provider"]["owed"]["amount"] == 40_000
    assert by["clock"]["estimated"]["amount"] == 7_000
    assert said["balance_owed"]["amount"] == sum(w["owed"]["amount"] for w in by.values() if w["owed"])


def test_the_forecast_promises_what_is_owed_and_estimated(ada: Client, earning: str) -> None:
    said = ada.get(f"/v1/organizations/{earning}/forecast")
    assert said["settled"]["amount"] == 100_000
    assert said["estimated"]["amount"] == 7_000
    [estimate] = said["estimates"]
    assert (estimate["gross"]["amount"], estimate["net"]["amount"]) == (10_000, 7_000)
    on_its_way = next(p for p in said["payments"] if p["document_id"] == f"payout/inv_3{earning[4:]}")
    assert (on_its_way["amount"]["amount"], on_its_way["basis"]) == (40_000, "settled")
    assert said["assumptions"] and said["next_payment_day"] > said["as_of"]


def test_the_balance_adds_up(ada: Client, earning: str) -> None:
    said = ada.get(f"/v1/organizations/{earning}/balance")
    amounts = {name: money["amount"] for name, money in said.items() if isinstance(money, dict)}
    assert {
        name: amounts[name] for name in ("unconfirmed", "confirmed", "invoiced", "in_transit", "paid")
    } == {
        "unconfirmed": 10_000,
        "confirmed": 20_000,
        "invoiced": 30_000,
        "in_transit": 40_000,
        "paid": 50_000,
    }
    assert amounts["accrued"] == 7_000
    assert said["since"] == f"{TODAY.year}-01-01T00:00:00Z"
    assert (amounts["opening"], amounts["issued"]) == (0, 150_000), "all of it was issued this year"
    where = ("unconfirmed", "confirmed", "invoiced", "in_transit", "paid")
    assert amounts["opening"] + amounts["issued"] == sum(amounts[name] for name in where)


def test_whoever_is_no_admin_is_told_nothing(server: Server, earning: str) -> None:
    for path in ("forecast", "balance"):
        address = f"/v1/organizations/{earning}/{path}"
        assert server.person("max").call("GET", address).status_code == 403
        assert server.person("eve").call("GET", address).status_code == 404
        assert server.call("GET", address).status_code == 401


def test_every_action_of_an_admin_has_an_address_that_there_is() -> None:
    actions = {
        f"{machine.name}.{rule.event}"
        for machine in MACHINES.values()
        for rule in machine.rules
        if Role.ADMIN in rule.roles
    }
    assert actions - {"launch.register"} == set(PATHS), (
        "a game is registered at /games, and then has a document"
    )
    for action in PATHS:
        made = link("o", AllowedAction(action=action, document_id="d/x/y")).path
        assert made.startswith("/v1/organizations/o/") and "{" not in made


def test_people_are_told_what_the_organizations_own_policy_says(server: Server) -> None:
    review = Verification(id="verification", state=VerificationState.IN_REVIEW, since=NOW, country="GB")
    change = PayoutAccount(id="payout_account", state=PayoutAccountState.CHANGE_IN_REVIEW, since=NOW)
    organization_id = server.settled_organization(review, change)
    ada, olga, path = server.person("ada"), server.person("olga"), f"/v1/organizations/{organization_id}"

    def told() -> list[str]:
        queue = olga.get("/v1/operator/queue", organization_id=organization_id)["data"]
        return [ada.get(f"{path}/verification")["due"], *(item["until"] for item in queue)]

    assert told() == [shown(add_working_days(NOW, 3))] * 2
    longer = Policy(version=2, verification_review_days=20, account_check_days=30)
    with server.database.transaction() as session:
        mine = col(OrganizationPolicyRow.organization_id) == organization_id
        session.execute(delete(OrganizationPolicyRow).where(mine))
        begin_policy(session, organization_id, longer, NOW)
    assert told() == [shown(add_working_days(NOW, 20)), shown(add_working_days(NOW, 30))]


def shown(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
