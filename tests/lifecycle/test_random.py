"""Whatever anybody does, in whatever order: one organization and its payout under random commands."""

import os
import re
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from lifecycle.checker.abstraction import FORGOTTEN
from lifecycle.checker.probes import VALUES
from lifecycle.checker.worlds import ABSENT
from lifecycle.decide import decide, evolve
from lifecycle.leaving import may_leave, staying
from lifecycle.machine import NEW, AnyRule
from lifecycle.machines import RULES
from lifecycle.messages import schedule_payout, tell_organization, tell_payout
from lifecycle.permissions import allowed_actions
from lifecycle.timers import clock_command, timers, timers_of
from lifecycle.views.pending import owed, stage, waiting
from models.commands import Accepted, Actor, Command, Effect, Refusal, Role, Transition
from models.documents import Invoice, Payout, Reason
from models.dossier import Dossier
from models.money import sum_of
from models.programme.policy import Policy, default_policy
from tests.lifecycle.leaving import decided_here
from tests.lifecycle.life import LARGE, MONDAY, Life, organization

LIVES = int(os.environ.get("RANDOM_LIVES", "60"))
"""How many lives are led; `make prove` leads more."""
POLICY = default_policy()
PEOPLE = ["ann", "otto", "fay", "x" * 200]
GARBAGE: list[Any] = [
    None,
    "",
    "x",
    "\x00",
    -1,
    10**30,
    1.5,
    True,
    [],
    {},
    [None],
    {"amount": "1"},
    {"amount": 2**60},
    {"amount": 1, "currency": "usd"},
    "2026-02-30",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-03-02T09:00:00",
]
SENSIBLE: dict[str, list[Any]] = {
    "proposed_submission_id": ["account-2", "account-3"],
    "account_submission_id": ["account-1", "account-2"],
    "country": ["DE", "HK"],
    "features": [["iaa"], ["iaa", "iap"]],
    "regions": [["US"], ["JP"]],
    "game_id": ["g1", "g2"],
    "expires_on": ["2026-06-01", "2027-03-02T00:00:00Z", None],
    "statement_ids": [["statement/1"], ["statement/2"], ["statement/1", "statement/2"]],
    "total": [{"amount": LARGE}, {"amount": 20_000}, {"amount": LARGE + 20_000}],
    "amount": [{"amount": LARGE}, {"amount": 20_000}],
    "net": [{"amount": LARGE}, {"amount": 0}],
    "failure_class": ["account", "payer"],
    "account_usable": [True, False],
    "blocked_by": [None, "bank_change"],
    "retry_after_seconds": [0, 60, "60", 600_000],
    "dated": ["2026-03-02", "2026-03-20"],
    "invoice_id": ["invoice/1"],
    "checks": [[{"name": "reward", "result": "passed"}]],
    "us_eu_approval": ["approved", "not_approved"],
    "issue": [2],
}
IDS = [
    "verification",
    "qualification",
    "contract/iaa",
    "contract/iap",
    "payout_account",
    "launch/g1",
    "launch/g2",
    "integration/g1/iaa",
    "statement/1",
    "statement/2",
    "statement/3",
    "invoice/1",
    "invoice/2",
    "payout/1",
    "nowhere",
]
ACTIONS = sorted({f"{machine}.{event}" for machine, event in RULES})
BY_THE_PIPELINE = {"payout.account_changed", "payout.cancel"}
"""What the pipeline may say at any time; its other steps follow from decisions and messages."""
NEW_DOCUMENTS = [
    (Role.PIPELINE, "statement.issue", "statement/3"),
    (Role.ADMIN, "launch.register", "launch/g1"),
    (Role.ADMIN, "launch.register", "launch/g2"),
    (Role.ADMIN, "invoice.submit", "invoice/1"),
    (Role.ADMIN, "invoice.submit", "invoice/2"),
]
SELDOM = {
    "contract.offer_version",
    "contract.suspend",
    "contract.terminate",
    "payout.account_changed",
    "payout.cancel",
    "payout.hold",
    "payout_account.change",
    "launch.use_features",
    "launch.withdraw",
    "verification.renew",
    "verification.suspend",
}
"""What would otherwise come before anything else could."""
OUTSIDERS = [role for role in Role if role is not Role.PIPELINE]
SPANS = [1, 60, 700, 3_600, 86_400, 4 * 86_400, 30 * 86_400]


def why(rules: list[AnyRule]) -> list[Reason]:
    """A reason that the first of some rules takes."""
    return [Reason(code=next(iter(rules[0].reason_codes), "because") if rules else "because")]


def beginnings() -> list[Life]:
    """Lives from which random steps get far."""
    waiting, invoiced = organization(), organization()
    waiting.tested()
    for life in (waiting, invoiced):
        life.confirmed(1, LARGE)
        life.statement(2)
    invoiced.invoiced("statement/1")
    return [Life(), waiting, invoiced]


def forgotten(dossier: Dossier) -> Dossier:
    """The dossier without what the model checker forgets."""
    documents = {
        document_id: document.model_copy(
            update={name: value for name, value in FORGOTTEN.items() if name in type(document).model_fields}
        )
        for document_id, document in dossier.documents.items()
    }
    return dossier.model_copy(update={"documents": documents})


def where_it_stands(dossier: Dossier, now: datetime) -> object:
    """What lists of organizations show, with all that waits to be invoiced in one."""
    items = waiting(dossier, now, POLICY)
    ready = [item for item in items if item.state == "confirmed"]
    told = {(item.who, item.what, item.until, item.then, *item.actions) for item in ready}
    others = [item for item in items if item not in ready]
    return others, told, sum_of(i.money for i in ready if i.money), stage(dossier), owed(dossier)


def steps(decision: Accepted | Refusal) -> object:
    """What a decision comes to, without the facts."""
    if isinstance(decision, Refusal):
        return decision.code, decision.allowed_actions
    return [(t.action, t.document.id, t.from_state, t.document.state) for t in decision.transitions]


def dumped(thing: Dossier | Command | Accepted | Refusal) -> str:
    return thing.model_dump_json()


class AnythingGoes:
    """An organization's dossier, its payout's dossier, and the messages between them.

    Attributes:
        carried: what the organization's workflow holds of its documents; whatever may leave leaves after each step.
    """

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        beginning = chance.randrange(3)
        life = beginnings()[beginning]
        self.now = MONDAY
        self.dossiers = {"organization": life.dossier, "payout": Dossier(organization_id="org_1")}
        self.carried = staying(life.dossier)
        self.under_way: list[tuple[str, Command]] = []
        self.given: list[tuple[str, Command]] = []
        if beginning == 2:
            self.send(Effect(name="start_payout", document_id="invoice/1", reference="r"), [])
            self.something_arrives()

    def go_on(self) -> None:
        """One step: mostly something sensible, sometimes anything."""
        steps = (
            [self.somebody_does_what_is_allowed] * 6
            + [self.something_arrives] * 3
            + [self.somebody_tries_anything] * 2
            + [self.something_is_said_again, self.time_passes]
        )
        self.chance.choice(steps)()

    # ------------------------------------------------------------------ what may happen

    def somebody_does_what_is_allowed(self) -> None:
        where = self.chance.choice(["organization", "payout"])
        documents = self.dossiers[where].documents
        choices = [
            (role, allowed.action, allowed.document_id)
            for role in Role
            for allowed in allowed_actions(self.dossiers[where], Actor(role=role, id="ann"), self.now, POLICY)
            if role is not Role.PIPELINE or allowed.action in BY_THE_PIPELINE
        ]
        if where == "organization":
            choices += [new for new in NEW_DOCUMENTS if new[2] not in documents]
        if choices:
            usual = [choice for choice in choices if choice[1] not in SELDOM]
            role, action, document_id = self.chance.choice(
                usual if usual and self.chance.random() < 0.9 else choices
            )
            actor = Actor(role=role, id=self.chance.choice(PEOPLE))
            self.give(where, self.command(where, action, document_id, actor, SENSIBLE))

    def somebody_tries_anything(self) -> None:
        action = self.chance.choice(ACTIONS)
        where = "payout" if action.startswith("payout.") else "organization"
        fitting = [name for name in IDS if name.partition("/")[0] == action.partition(".")[0]]
        actor = Actor(role=self.chance.choice(OUTSIDERS), id=self.chance.choice(PEOPLE))
        document_id = self.chance.choice([*fitting, *fitting, self.chance.choice(IDS)])
        command = self.command(where, action, document_id, actor, SENSIBLE)
        names = [*command.facts, *command.facts, *VALUES, "state"]
        spoilt = {
            self.chance.choice(names): self.chance.choice(GARBAGE) for _ in range(self.chance.randrange(3))
        }
        reference = self.chance.choice([command.reference, command.reference, None, "an earlier request"])
        update = {"facts": command.facts | spoilt, "reference": reference}
        self.give(where, command.model_copy(update=update))

    def something_is_said_again(self) -> None:
        if self.given:
            self.give(*self.chance.choice(self.given))

    def something_arrives(self) -> None:
        """A message, mostly in order."""
        if self.under_way:
            position = min(self.chance.choice([0, 0, 0, 1, 2]), len(self.under_way) - 1)
            self.give(*self.under_way.pop(position))

    def time_passes(self) -> None:
        end = self.now + timedelta(seconds=self.chance.choice(SPANS))
        for where in self.dossiers:
            self.ring(where, end)
        self.now = end

    # ------------------------------------------------------------------ how

    def command(
        self, where: str, action: str, document_id: str, actor: Actor, sensible: dict[str, list[Any]]
    ) -> Command:
        """A command with facts that fit, mostly."""
        document = self.dossiers[where].documents.get(document_id)
        machine, _, event = action.partition(".")
        here = [r for r in RULES[machine, event] if (document.state if document else NEW) in r.sources]
        return Command(
            id=f"c{len(self.given)}",
            action=action,
            document_id=document_id,
            actor=actor,
            facts=self.facts(here[0], sensible) if here else {},
            reasons=self.chance.choice([why(here), why(here), why(here), []]),
            reference=document.reference if document else None,
        )

    def facts(self, rule: AnyRule, sensible: dict[str, list[Any]]) -> dict[str, Any]:
        """Facts by their names."""
        facts = {}
        for name in (*rule.required_facts, *rule.optional_facts):
            usual = VALUES.get(name, ("x",))
            values = sensible.get(name) or ((1, 2, 3) if callable(usual) else usual)
            value = self.chance.choice([v for v in values if v is not ABSENT])
            if name in rule.required_facts or self.chance.random() < 0.5:
                facts[name] = value.isoformat() if hasattr(value, "isoformat") else value
        return facts

    def give(self, where: str, command: Command) -> None:
        """Decide, and look at the decision from all sides."""
        note(f"{self.now:%m-%d %H:%M} {where}: {command.actor.role} {command.action} {command.facts}")
        before = self.dossiers[where]
        decision = self.decided(before, command)
        if isinstance(decision, Refusal):
            self.check_refusal(before, command, decision)
            return
        self.given.append((where, command))
        self.check_acceptance(before, command, decision)
        self.believe(where, decision)

    def believe(self, where: str, decision: Accepted) -> None:
        """A decision holds from now on."""
        for transition in decision.transitions:
            self.dossiers[where] = evolve(self.dossiers[where], transition)
            if where == "organization":
                self.carried = evolve(self.carried, transition)
        for effect in decision.effects:
            self.send(effect, decision.transitions)

    def decided(self, dossier: Dossier, command: Command) -> Accepted | Refusal:
        """The decision: the same each time, the same after a journey through JSON, and nothing is touched."""
        inputs = dumped(dossier), dumped(command)
        decision = decide(dossier, command, self.now, POLICY)
        assert (dumped(dossier), dumped(command)) == inputs, "an input was changed"
        assert decide(dossier, command, self.now, POLICY) == decision
        carried = decide(
            Dossier.model_validate_json(inputs[0]),
            Command.model_validate_json(inputs[1]),
            self.now,
            Policy.model_validate_json(POLICY.model_dump_json()),
        )
        assert dumped(carried) == dumped(decision)
        forgetful = decide(forgotten(dossier), command, self.now, POLICY)
        assert steps(forgetful) == steps(decision), "the model checker forgets what a guard looks at"
        if dossier is self.dossiers["organization"]:
            here, self.carried = decided_here(self.carried, dossier, command, self.now, POLICY)
            assert dumped(here) == dumped(decision), (
                "a workflow that some documents have left decides otherwise"
            )
        return decision

    def check_refusal(self, dossier: Dossier, command: Command, refusal: Refusal) -> None:
        """It has a code and a reason, and what it offers instead is really possible."""
        assert re.fullmatch(r"[a-z_]+", refusal.code)
        assert refusal.reason.strip()
        for allowed in refusal.allowed_actions:
            machine, _, event = allowed.action.partition(".")
            document = dossier.documents[allowed.document_id]
            here = [
                rule
                for rule in RULES[machine, event]
                if document.state in rule.sources and command.actor.role in rule.roles
            ]
            if any(rule.required_facts for rule in here):
                continue
            offered = Command(
                id="offered",
                action=allowed.action,
                document_id=allowed.document_id,
                actor=command.actor,
                reasons=why(here),
                reference=document.reference,
            )
            assert isinstance(decide(dossier, offered, self.now, POLICY), Accepted), allowed

    def check_acceptance(self, dossier: Dossier, command: Command, accepted: Accepted) -> None:
        """Revisions rise by one, and what is recorded is all that is needed to carry on."""
        for index, transition in enumerate(accepted.transitions):
            before = dossier.documents.get(transition.document.id)
            assert transition.index == index
            assert transition.command_id == command.id
            assert transition.from_state == (before.state if before else None)
            assert transition.document.revision == (before.revision if before else 0) + 1
            recorded = Transition.model_validate_json(transition.model_dump_json())
            assert recorded == transition
            dossier = evolve(dossier, transition)
            assert dossier.documents[transition.document.id] is transition.document

    def send(self, effect: Effect, transitions: list[Transition]) -> None:
        """Put the messages of an effect on their way."""
        organization = self.dossiers["organization"]
        if effect.name == "start_payout":
            invoice = organization.documents[effect.document_id]
            assert isinstance(invoice, Invoice)
            self.under_way.append(("payout", schedule_payout(organization, invoice)))
        elif effect.name == "tell_payouts":
            self.under_way.append(("payout", tell_payout(organization, "invoice/1")))
        elif effect.name == "tell_organization":
            payout = transitions[0].document
            assert isinstance(payout, Payout)
            if message := tell_organization(payout):
                self.under_way.append(("organization", message))

    def ring(self, where: str, end: datetime) -> None:
        """Everything that falls due, when it is due; the clock never spins, and never runs backwards."""
        rung = 0
        while (upcoming := timers(self.dossiers[where], POLICY)) and upcoming[0].due <= end:
            timer = upcoming[0]
            now = max(self.now, timer.due)
            decision = decide(self.dossiers[where], clock_command(self.dossiers[where], timer), now, POLICY)
            assert isinstance(decision, Accepted), f"{timer} is due and refused: {decision}"
            self.believe(where, decision)
            again = timers_of(self.dossiers[where].documents[timer.document_id], POLICY)
            assert all(other.due > timer.due for other in again if other.event == timer.event)
            rung += 1
            assert rung < 3_000, f"the clock spins: {timer}"

    def check(self) -> None:
        """What always holds."""
        for dossier in self.dossiers.values():
            assert Dossier.model_validate_json(dossier.model_dump_json()) == dossier
            upcoming = timers(dossier, POLICY)
            assert upcoming == sorted(upcoming)
        whole = self.dossiers["organization"]
        self.carried = staying(self.carried)
        assert not any(may_leave(d) and d.state != "closed" for d in self.carried.documents.values())
        assert not self.carried.confirmed()
        assert where_it_stands(self.carried, self.now) == where_it_stands(whole, self.now)


@pytest.mark.slow
@pytest.mark.timeout(7200 if "RANDOM_LIVES" in os.environ else 900)
@settings(max_examples=LIVES, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_whatever_anybody_does_in_whatever_order(seed: int) -> None:
    life = AnythingGoes(Random(seed))
    for _ in range(80):
        life.go_on()
        life.check()
