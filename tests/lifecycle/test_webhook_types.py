"""What organizations' own systems are told: a chosen, documented set, in the past tense."""

import re

import pytest

from lifecycle.decide import decide
from lifecycle.documentation.diagrams import WEBHOOKS
from lifecycle.documentation.webhooks import examples, types_of, with_types
from lifecycle.machines import MACHINES, STATES
from lifecycle.webhook_types import TOLD, nearest
from models.commands import Accepted, Actor, Command, Role
from models.documents import Verification
from models.dossier import Dossier
from models.programme.policy import Policy
from models.states import VerificationState
from models.webhooks import CHOICES, Webhook, WebhookType
from tests.lifecycle.life import MONDAY

PAST_TENSE = re.compile(r"(.+_)?([a-z]+ed|(over)?paid|sent|held|withdrawn)(_forward)?")

FOR_PEOPLE_ONLY = {
    ("payout_account.accept", "in_review"),
    ("payout_account.approve_change", "change_awaiting_approval"),
    ("payout.escalate", "outcome_unresolved"),
}
"""Steps of which admins are told for their information; there is nothing that a program could do about them."""

OWN_DOING = {
    ("verification", "renewing"), ("qualification", "in_review"), ("contract", "not_signed"),
    ("integration", "not_run"), ("integration", "running"), ("launch", "not_submitted"), ("launch", "in_review"),
    ("payout_account", "checking"),
}  # fmt: skip
"""Where documents come by what an admin has just done, and was answered."""

WITHIN = {
    ("payout_account", "in_review"), ("payout_account", "change_awaiting_approval"), ("payout", "sending"),
    ("payout", "retrying"), ("payout", "voiding"), ("payout", "outcome_unknown"), ("payout", "outcome_unresolved"),
    ("payout", "resolution_proposed"),
}  # fmt: skip
"""Where documents come by what the platform settles within itself, or with its payment provider."""

RULES = [(machine, rule) for machine in MACHINES.values() for rule in machine.rules]


def test_each_type_is_told_by_the_machine_whose_name_it_bears() -> None:
    told = {kind for _, _, kind in TOLD}
    assert told == set(CHOICES) and WebhookType.TEST not in told
    for machine, _, kind in TOLD:
        assert kind.split(".")[0] == machine, kind


@pytest.mark.parametrize("kind", CHOICES)
def test_each_type_says_what_has_come_to_be(kind: WebhookType) -> None:
    assert PAST_TENSE.fullmatch(kind.split(".")[1])
    assert kind.meaning.endswith(".") and kind.meaning[0].isupper() and len(kind.meaning) <= 110


def test_systems_are_told_whatever_people_are_told_of_a_document_that_has_moved() -> None:
    silent = {
        (f"{machine.name}.{rule.event}", str(rule.target))
        for machine, rule in RULES
        if rule.notification and not rule.is_self_transition and not rule.webhook_type
    }
    assert silent == FOR_PEOPLE_ONLY


def test_systems_are_told_whenever_a_document_ends() -> None:
    for machine, rule in RULES:
        final = STATES[machine.name, rule.target].final
        assert rule.webhook_type or rule.is_self_transition or not final, (machine.name, rule)


def test_systems_are_told_of_no_reminder_and_of_nothing_that_stays_within_the_platform() -> None:
    assert not [kind for _, rule, kind in TOLD if rule.is_self_transition and rule.roles == (Role.CLOCK,)]
    states = {(machine.name, str(rule.target)) for machine, rule in RULES}
    assert states - {(name, str(rule.target)) for name, rule, _ in TOLD} == OWN_DOING | WITHIN


@pytest.mark.parametrize(("years", "told"), [(1, "verification.verified"), (-1, "verification.expired")])
def test_what_is_told_is_what_has_come_of_it(years: int, told: str) -> None:
    document = Verification(
        id="verification",
        state=VerificationState.IN_REVIEW,
        since=MONDAY,
        reference="r",
        revision=1,
        expires_on=MONDAY.replace(year=MONDAY.year + years),
    )
    dossier = Dossier(organization_id="org_example", documents={"verification": document})
    command = Command(
        id="c",
        action="verification.verify",
        document_id="verification",
        actor=Actor(role=Role.OPERATOR, id="olga"),
    )
    decision = decide(dossier, command, MONDAY, Policy())
    assert isinstance(decision, Accepted)
    assert decision.transitions[0].webhook_type == told


def test_the_page_shows_every_type_with_an_example_that_is_sent_like_that() -> None:
    page = WEBHOOKS.read_text(encoding="utf-8")
    assert with_types(page) == page
    lines = [
        Webhook.model_validate_json(line) for line in page.splitlines() if line.startswith('{"id":"evt_')
    ]
    assert [webhook.type for webhook in lines] == list(WebhookType)
    assert {webhook.type: webhook for webhook in lines} == examples()
    for machine in MACHINES.values():
        for kind, states in types_of(machine).items():
            shown = examples()[kind].data
            assert shown.state in states and (shown.document_id or "").split("/")[0] == machine.name
            assert f"| `{kind}` | {kind.meaning} |" in page


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("payout.pay", "payout.paid"),
        ("statement.issue", "statement.issued"),
        ("launch.publish", "launch.published"),
        ("verification.request_information", "verification.information_requested"),
        ("invoice.payed", "invoice.paid"),
        ("payout_account.change_approve", "payout_account.change_approved"),
        ("no.such", None),
        ("webhook.test", None),
    ],
)
def test_a_wrong_name_leads_to_the_right_one(name: str, meant: str | None) -> None:
    assert nearest(name) == meant
