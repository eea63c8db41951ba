"""The two pure functions on which everything rests: ``decide`` and ``evolve``."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError

from lifecycle.in_words import meaning
from lifecycle.machine import NEW, AnyContext, AnyRule, Context
from lifecycle.machines import MACHINES, RULES, STATES
from lifecycle.permissions import allowed_actions, unmet
from lifecycle.timers import is_due, next_timer
from lifecycle.turns import effect_on_entering, hears_provider, waits_for
from lifecycle.views.topics import topic
from models.commands import PEOPLE, PIPELINE, Accepted, Command, Effect, Refusal, Role, Transition
from models.documents import AnyDocument, Document, Reason
from models.dossier import Dossier
from models.identity import DocumentId
from models.programme.policy import Policy
from models.texts.complaints import in_words
from words import called, kind, state
from words.actors import ONES, any_of
from words.labels import label_of
from words.voice import NOTHING, Sentence, joined

NO_SUCH_ACTION = Sentence("There is no such action; the list of actions says which there are.")


def decide(dossier: Dossier, command: Command, now: datetime, policy: Policy) -> Accepted | Refusal:
    """What a command leads to, given where everything stands at a programme time.

    Either the transitions to record together and the effects to do after, or why not, and what would be
    allowed instead. Nothing that is passed in is changed.
    """
    decision = judge(dossier, command, now, policy)
    if isinstance(decision, Refusal):
        decision.allowed_actions = allowed_actions(dossier, command.actor, now, policy, command.document_id)
    return decision


def judge(dossier: Dossier, command: Command, now: datetime, policy: Policy) -> Accepted | Refusal:
    """The decision itself; a refusal does not say yet what would be allowed instead."""
    document = dossier.documents.get(command.document_id)
    command = to_be_rechecked(document, command)
    rules = RULES.get((command.machine, command.event))
    if rules is None:
        return Refusal(code="unknown_action", reason=NO_SUCH_ACTION)
    if wrong := wrong_document(command, document):
        return wrong
    source = document.state if document else NEW
    here = [rule for rule in rules if source in rule.sources]
    if not here:
        return why_not_here(command, document, rules)
    permitted = [rule for rule in here if command.actor.role in rule.roles]
    if not permitted:
        return not_theirs(command, document, here, rules)
    if document and not permitted[0].of_any_attempt and stale(document, command):
        return Refusal(
            code="stale",
            reason=Sentence("This answers an earlier request; a newer one is under way, or none any more."),
        )
    if document and command.actor.role is Role.PROVIDER and not hears_provider(document, policy):
        return Refusal(code="people_decide", reason=Sentence("People of the platform decide this now."))
    if document and command.actor.role is Role.CLOCK and not is_due(document, command.event, now, policy):
        return Refusal(
            code="not_due", reason=Sentence("It is not time yet: “{action}”.", action=called(command.action))
        )
    refusal = Refusal(code="wrong_state", reason=NOTHING)
    for rule in permitted:
        if rule.needs_reasons and not command.reasons:
            return Refusal(
                code="reason_missing",
                reason=Sentence("Say why: “{action}” needs a reason.", action=called(command.action)),
            )
        if rule.reason_codes and any(reason.code not in rule.reason_codes for reason in command.reasons):
            known_ones = joined(*map(Sentence, rule.reason_codes.values()))
            return Refusal(
                code="reason_unknown",
                reason=Sentence("Choose one of these reasons: {reasons}", reasons=known_ones),
            )
        filled = fill(rule, document, command, now)
        if isinstance(filled, Refusal):
            # What must be done before the facts even matter is said first.
            known = Context(dossier, document, document, command, now, policy) if document else None
            first = next(unmet(rule.guards, known, before_facts=True), None) if known else None
            refusal = Refusal(code=first.code, reason=Sentence(first.reason)) if first else filled
            continue
        context = Context(dossier, document or filled, filled, command, now, policy)
        failing = next(unmet(rule.guards, context), None)
        if failing is None:
            return follow(rule, context, document)
        refusal = Refusal(code=failing.code, reason=Sentence(failing.reason))
    return refusal


def evolve(dossier: Dossier, transition: Transition) -> Dossier:
    """The dossier after a transition; the one given is not changed."""
    documents = {**dossier.documents, transition.document.id: transition.document}
    return dossier.model_copy(update={"documents": documents})


def follow(rule: AnyRule, context: AnyContext, before: AnyDocument | None) -> Accepted | Refusal:
    """Carry a rule out: its own transition, then those that belong to the same decision."""
    transition = step(rule, context, before)
    transitions, effects = [transition], list(effects_of(rule, context, transition))
    dossier = evolve(context.dossier, transition)
    for consequence in rule.consequences(context) if rule.consequences else ():
        machine = consequence_machine(dossier, consequence.document_id)
        further = judge(
            dossier,
            Command(
                id=context.command.id,
                action=f"{machine}.{consequence.event}",
                document_id=consequence.document_id,
                actor=PIPELINE,
                facts=dict(consequence.facts),
                request_id=context.command.request_id,
            ),
            context.now,
            context.policy,
        )
        if isinstance(further, Refusal):
            return further
        for other in further.transitions:
            other.index = len(transitions)
            transitions.append(other)
            dossier = evolve(dossier, other)
        effects.extend(further.effects)
    return Accepted(transitions=transitions, effects=effects)


def consequence_machine(dossier: Dossier, document_id: str) -> str:
    """The machine of a document that may be about to come into being."""
    document = dossier.documents.get(document_id)
    return document.machine if document else DocumentId(document_id).machine


def step(rule: AnyRule, context: AnyContext, before: AnyDocument | None) -> Transition:
    """The transition of one document by a rule whose guards hold."""
    command, now = context.command, context.now
    changes: dict[str, object] = dict(rule.updates(context)) if rule.updates else {}
    given = {name: getattr(context.proposed, name) for name in command.facts}
    revision = before.revision + 1 if before else 1
    moved = before is None or not rule.is_self_transition
    if moved:
        entering = {"since": now, "late": False, "reminders": 0, "reasons": command.reasons, "doubts": []}
        changes = {**entering, **changes, "state": rule.target}
        entered = STATES[command.machine, rule.target]
        if entered.effect and "reference" not in changes:
            changes["reference"] = reference(context.dossier.organization_id, command.document_id, revision)
    changes["revision"] = revision
    document = context.proposed.model_copy(update={**given, **changes})
    ends = next_timer(document, context.policy) if rule.notification else None
    return Transition(
        command_id=command.id,
        index=0,
        action=command.action,
        actor=command.actor,
        from_state=before.state if before else None,
        at=now,
        reasons=command.reasons,
        request_id=command.request_id,
        document=document,
        waits_for=waits_for(document, context.policy),
        message=f"{rule.notification} {rule.notification_details(context)}"
        if rule.notification_details
        else rule.notification,
        topic=topic(rule, document),
        until=ends.due if ends and ends.binding else None,
        then=ends.then if ends and ends.binding else None,
        webhook_type=rule.webhook_type,
    )


def reference(organization_id: str, document_id: str, revision: int) -> str:
    """Our name for one request to the outside world."""
    return f"{organization_id}/{document_id}/{revision}"


def effects_of(rule: AnyRule, context: AnyContext, transition: Transition) -> Iterator[Effect]:
    """What is to be done outside because of a transition."""
    document = transition.document
    moved = transition.from_state is None or not rule.is_self_transition
    entered = effect_on_entering(document, context.policy) if moved else None
    own = reference(context.dossier.organization_id, document.id, document.revision)
    if entered:
        yield Effect(name=entered.name, document_id=document.id, reference=document.reference or own)
    if rule.effect:
        asked = rule.effect_reference(context) if rule.effect_reference else None
        yield Effect(name=rule.effect.name, document_id=document.id, reference=asked or own)


def fill(
    rule: AnyRule, document: AnyDocument | None, command: Command, now: datetime
) -> AnyDocument | Refusal:
    """The document with the command's facts filled in, or what is wrong with the facts."""
    known = {*rule.required_facts, *rule.optional_facts}
    missing = [name for name in rule.required_facts if command.facts.get(name) is None]
    unknown = sorted(set(command.facts) - known)
    if missing or unknown:
        problems = [Sentence("“{field}” is missing.", field=label_of(name)) for name in missing] + [
            Sentence("“{field}” is not asked for here.", field=label_of(name)) for name in unknown
        ]
        return Refusal(code="invalid_facts", reason=about(command, *problems))
    kind: type[AnyDocument] = MACHINES[command.machine].document
    try:
        if document is None:
            blank = {"id": command.document_id, "state": rule.target, "since": now}
            return kind.model_validate({**command.facts, **blank})
        if not command.facts:
            return document
        values = {name: fact_type(kind, name).validate_python(value) for name, value in command.facts.items()}
    except ValidationError as error:
        places = {".".join(str(part) for part in e["loc"]): in_words(e) for e in error.errors()}
        problems = [
            Sentence("“{field}”: {problem}", field=label_of(place), problem=why) if place else why
            for place, why in sorted(places.items())
        ]
        return Refusal(code="invalid_facts", reason=about(command, *problems))
    return document.model_copy(update=values)


def about(command: Command, *problems: Sentence) -> Sentence:
    """What is wrong with what a command brings."""
    return Sentence("{action}: {problems}", action=called(command.action), problems=joined(*problems))


@cache
def fact_type(kind: type[Document], name: str) -> TypeAdapter[object]:
    """The type of one fact of one kind of document."""
    return TypeAdapter(kind.model_fields[name].rebuild_annotation())


def to_be_rechecked(document: AnyDocument | None, command: Command) -> Command:
    """A provider's word that contradicts what it said before, as the event that has it asked; any other as it is."""
    contradicts = MACHINES[document.machine].contradicts if document else None
    if document is None or contradicts is None or not contradicts(document, command):
        return command
    said = Reason(code=command.event, detail=command.reference or "")
    action = f"{document.machine}.recheck"
    return command.model_copy(update={"action": action, "facts": {}, "reasons": [said]})


def stale(document: AnyDocument, command: Command) -> bool:
    """Whether provider news answers a request that is no longer the current one."""
    return (
        command.actor.role is Role.PROVIDER
        and document.reference is not None
        and command.reference != document.reference
    )


def wrong_document(command: Command, document: AnyDocument | None) -> Refusal | None:
    """Whether the id names a document of another kind, or could not name a new one of this kind."""
    machine = document.machine if document else DocumentId(command.document_id).machine
    if machine == command.machine:
        return None
    return Refusal(
        code="wrong_document",
        reason=Sentence(
            "“{action}” is not done to a document of another kind.", action=called(command.action)
        ),
    )


def not_theirs(
    command: Command, document: AnyDocument | None, here: list[AnyRule], rules: tuple[AnyRule, ...]
) -> Refusal:
    """Why somebody may not do what others may do here: it is not theirs, or a colleague was faster than they."""
    who = any_of({role for rule in here for role in rule.roles})
    if document and done_already(command.actor.role, document, rules):
        return Refusal(
            code="wrong_state",
            reason=Sentence(
                "A colleague was faster: it is “{state}” now, and {who} is next.",
                state=state(document.machine, document.state),
                who=who,
            ),
        )
    return Refusal(
        code="wrong_role",
        reason=Sentence(
            "Only {who} may do this here (“{action}”), not {you}.",
            who=who,
            action=called(command.action),
            you=Sentence(ONES[command.actor.role]),
        ),
    )


def done_already(role: Role, document: AnyDocument, rules: Iterable[AnyRule]) -> bool:
    """Whether a document stands where a step of people in a role has brought it, and they have nothing more to do."""
    return role in PEOPLE and any(
        role in rule.roles and rule.target == document.state and not rule.is_self_transition for rule in rules
    )


def why_not_here(command: Command, document: AnyDocument | None, rules: tuple[AnyRule, ...]) -> Refusal:
    """Why a command does not fit where its document stands."""
    if document is None:
        return Refusal(
            code="unknown_document",
            reason=Sentence("{kind}: there is none with this id.", kind=kind(command.machine)),
        )
    if rules and all(rule.sources == (NEW,) for rule in rules):
        return Refusal(
            code="already_exists", reason=Sentence("{kind}: it exists already.", kind=kind(command.machine))
        )
    return Refusal(
        code="wrong_state",
        reason=Sentence(
            "“{action}” is not possible now. It is “{state}”: {meaning}",
            action=called(command.action),
            state=state(document.machine, document.state),
            meaning=meaning(document),
        ),
    )
