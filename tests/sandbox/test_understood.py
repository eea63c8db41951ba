"""Whatever a desk may say, the state machines understand: the action is a provider's, and it brings what it must."""

from random import Random

import pytest

from lifecycle.machines import MACHINES
from models.commands import Role
from models.desks import Desk
from providers.http.reviews import ReviewRequest
from sandbox.decisions import ACTIONS, decide, refuse
from sandbox.faults import Fault, Kind
from sandbox.test_values import MAGIC

FIELDS: dict[Desk, dict[str, object]] = {
    Desk.VERIFICATION: {"country": "JP", "certificate_expires_on": "2030-01-01"},
    Desk.INTEGRATIONS: {"feature": "iaa"},
    Desk.LAUNCHES: {"regions": ["US"]},
}


def request(desk: Desk, **fields: object) -> ReviewRequest:
    return ReviewRequest.model_validate(
        {
            "reference": "org/doc/1",
            "organization_id": "org",
            "document_id": "doc",
            "kind": desk,
            "fields": {**FIELDS.get(desk, {}), **fields},
        }
    )


@pytest.mark.parametrize(("desk", "action"), [(desk, action) for desk in Desk for action in ACTIONS[desk]])
def test_every_decision_fits_its_machine(desk: Desk, action: str) -> None:
    machine, _, event = action.partition(".")
    rules = [rule for rule in MACHINES[machine].rules if rule.event == event and Role.PROVIDER in rule.roles]
    assert rules
    fault = Fault(provider=desk.value, kind=Kind.REFUSE, action=action)
    decisions = [refuse(request(desk), fault, Random(1)), decide(request(desk), [], Random(1))]
    decisions += [
        decide(request(desk, text=magic.word), [], Random(1)) for magic in MAGIC if magic.desk is desk
    ]
    for decision in decisions:
        if decision.action == action:
            for rule in rules:
                assert set(decision.facts) <= {*rule.required_facts, *rule.optional_facts}
                assert set(rule.required_facts) <= set(decision.facts)
                assert decision.reasons or not rule.needs_reasons
