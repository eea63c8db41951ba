"""Representative commands, generated from the machines' data: what anybody could try with a document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

from lifecycle.checker.abstraction import EARLIER, LATE, NOW, REFERENCE
from lifecycle.checker.worlds import ABSENT, Values, World
from lifecycle.decide import done_already, to_be_rechecked
from lifecycle.machine import NEW, AnyRule
from lifecycle.machines import BY_STATE, RULES
from lifecycle.timers import is_due, timers_of
from lifecycle.turns import hears_provider
from models.commands import CLOCK, Actor, Command, Role
from models.documents import AnyDocument, Contract, Payout, Reason
from models.identity import DocumentId
from models.programme.policy import Policy
from models.reasons.failures import HALF_WAY

PEOPLE: Mapping[Role, tuple[str, ...]] = {
    Role.ADMIN: ("ann",),
    Role.OPERATOR: ("otto", "ann"),
    Role.FINANCE: ("fay", "otto", "ann"),
    Role.PROVIDER: ("provider",),
    Role.PIPELINE: ("pipeline",),
}
"""Who acts in each role: ann and otto have more than one."""

OUTSIDE = (Role.ADMIN, Role.OPERATOR, Role.FINANCE, Role.PROVIDER)


def on_offer_and_next(contract: AnyDocument | None) -> Sequence[int]:
    """The version of a contract that is on offer, and the one after it."""
    assert isinstance(contract, Contract)
    return contract.offered_version, contract.offered_version + 1


VALUES: Values = {
    "submission_id": ("s",),
    "proposed_submission_id": ("B",),
    "names_to_compare": (ABSENT, True),
    "country": ("US",),
    "expires_on": (ABSENT, NOW + timedelta(days=400), NOW + timedelta(days=10)),
    "signed_version": on_offer_and_next,
    "offered_version": on_offer_and_next,
    "text_sha256": ("0" * 64,),
    "game_id": ("g", "other"),
    "features": (["iaa"], []),
    "regions": (["JP"], []),
    "failure_code": ("no_account", HALF_WAY[0]),
    "not_taken": (ABSENT, True),
    "proposed_outcome": ("paid", "not_paid"),
    "evidence": ("case 1",),
    "approved_digest": lambda d: (d.proposed_digest, "f" * 64) if isinstance(d, Payout) else (ABSENT,),
    "proposal": lambda d: ((isinstance(d, Payout) and d.proposal) or "0" * 64, "f" * 64),
    "number": ("n",),
    "dated": (NOW.date(), NOW.date() - timedelta(days=1)),
    "stream": ("iaa",),
    "period_start": ("2026-02-01",),
    "period_end": ("2026-02-15",),
    "net": ({"amount": 20_000}, {"amount": 0}),
}
"""Facts by name, good ones and bad ones; a fact that is not here is brought only where it must be."""

TIMELY = {"verification.verify", "verification.reinstate", "payout.not_received"}
"""What is decided otherwise some time later, so it is tried early and late."""

WHY = [Reason(code="because")]


@dataclass(frozen=True, eq=False, slots=True)
class Probe:
    """One command that is tried with a document.

    Attributes:
        slot: the place of the document among those of the world.
        at: programme time.
        must: it is the clock's, and due, or a message of another workflow: it must be accepted.
    """

    slot: int
    command: Command
    at: datetime = NOW
    must: bool = False

    def __str__(self) -> str:
        """For traces."""
        command = self.command
        facts = ", ".join(f"{name}={value}" for name, value in command.facts.items() if name != "blocked_by")
        late = " (late)" if self.at == LATE else ""
        return (
            f"{command.actor.id} ({command.actor.role}): {command.action} {command.document_id} {facts}{late}"
        )


def probes(
    slot: int,
    document_id: str,
    document: AnyDocument | None,
    world: World,
) -> Iterator[Probe]:
    """What the outside world, or the pipeline's own steps named, could do with a document; and the clock."""
    machine = document.machine if document else DocumentId(document_id).machine
    for rule in BY_STATE[machine, document.state if document else NEW]:
        action = f"{machine}.{rule.event}"
        roles = [role for role in rule.roles if role in OUTSIDE or action in world.pipeline]
        for facts in facts_for(rule, document, world.values):
            for role in roles:
                for person in world.people.get(role, PEOPLE[role]):
                    command = request(action, document_id, role, person, facts, rule)
                    yield Probe(slot, command)
                    for earlier in EARLIER if rule.of_any_attempt else ():
                        yield Probe(slot, command.model_copy(update={"reference": earlier}))
                    if action in TIMELY:
                        yield Probe(slot, command, at=LATE)
    if document:
        for timer in timers_of(document, world.policy):
            if world.closely or timer.binding:
                command = request(f"{machine}.{timer.event}", document_id, Role.CLOCK, "clock", {})
                yield Probe(slot, command, at=timer.due, must=True)


def request(
    action: str,
    document_id: str,
    role: Role,
    person: str,
    facts: dict[str, object],
    rule: AnyRule | None = None,
) -> Command:
    """A command with a reason that its rule takes, about the current request."""
    codes = list(rule.reason_codes)[:1] if rule else []
    return Command(
        id="-",
        action=action,
        document_id=document_id,
        actor=Actor(role=role, id=person),
        facts=facts,
        reasons=[Reason(code=code) for code in codes] or WHY,
        reference=REFERENCE,
    )


def facts_for(rule: AnyRule, document: AnyDocument | None, values: Values) -> Iterator[dict[str, object]]:
    """Every combination of representative values of the facts that a rule takes."""
    choices = []
    for name in (*rule.required_facts, *rule.optional_facts):
        value = values.get(name, VALUES.get(name, (ABSENT,)))
        choices.append([(name, v) for v in (value(document) if callable(value) else value)])
    for combination in product(*choices):
        yield {name: value for name, value in combination if value is not ABSENT}


def forbidden(document: AnyDocument, policy: Policy) -> Iterator[tuple[str, Command]]:
    """What must be refused whatever else holds, with the code of its refusal."""
    rules_by_event: dict[str, list[AnyRule]] = {}
    for rule in BY_STATE[document.machine, document.state]:
        rules_by_event.setdefault(rule.event, []).append(rule)
    for event in [event for machine, event in RULES if machine == document.machine]:
        action = f"{document.machine}.{event}"
        rules = rules_by_event.get(event)
        if rules is None:
            created = {rule.sources for rule in RULES[document.machine, event]} == {(NEW,)}
            code = "already_exists" if created else "wrong_state"
            yield code, request(action, document.id, Role.ADMIN, "ann", {})
            continue
        permitted = {role for rule in rules for role in rule.roles}
        facts = next(facts_for(rules[0], document, {}))
        for role in set(Role) - permitted:
            overtaken = done_already(role, document, RULES[document.machine, event])
            code = "wrong_state" if overtaken else "wrong_role"
            wrong = request(action, document.id, role, "somebody", facts)
            if to_be_rechecked(document, wrong) is wrong:
                yield code, wrong
        known = request(action, document.id, min(permitted), "somebody", facts, rules[0])
        any_attempt = any(rule.of_any_attempt for rule in rules)
        if Role.PROVIDER in permitted and document.reference and not any_attempt:
            actor = Actor(role=Role.PROVIDER, id="provider")
            yield "stale", known.model_copy(update={"actor": actor, "reference": "an earlier request"})
        if Role.CLOCK in permitted and not is_due(document, event, NOW, policy):
            yield "not_due", known.model_copy(update={"actor": CLOCK})
        if Role.PROVIDER in permitted and not hears_provider(document, policy):
            yield (
                "people_decide",
                known.model_copy(update={"actor": Actor(role=Role.PROVIDER, id="provider")}),
            )
        elif all(rule.needs_reasons for rule in rules):
            yield "reason_missing", known.model_copy(update={"reasons": []})
