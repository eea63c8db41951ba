"""The policy that each organization goes by: recorded here, so that the API, the workflows and people go by the same."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from models.commands import PIPELINE, Actor, Command
from models.programme.policy import Policy
from models.tables import OrganizationPolicyRow, OrganizationRow, PolicyRow
from models.texts.sentences import Sentence
from models.wire.steps import RenewedPolicy
from models.wire.tolerant import read_json
from storage.database import Database, insert_into
from storage.locks import wait_for_turn
from storage.people.roles import refuse_stranger
from storage.refusals import Refused

FIXED = ("clock", "settlement_currency", "settlement_time_zone")
"""What no renewal changes: the calendar and the money of everything that was recorded."""


def keep_policy(session: Session, policy: Policy) -> str:
    """Keep a policy for organizations to go by; its id, which is the same for the same numbers."""
    own = PolicyRow(
        id=policy.identity,
        name=policy.name,
        version=policy.version,
        numbers=policy.model_dump_json(exclude={"since", "earlier"}),
    )
    session.execute(insert_into(session, PolicyRow).values(own.model_dump()).on_conflict_do_nothing())
    return own.id


def begin_policy(
    session: Session,
    organization_id: str,
    policy: Policy,
    since: datetime,
    command_id: str = "begin",
    by: Actor = PIPELINE,
) -> None:
    """Record what a new organization goes by."""
    session.add(
        OrganizationPolicyRow(
            organization_id=organization_id,
            revision=1,
            policy_id=keep_policy(session, policy),
            since=since,
            command_id=command_id,
            actor_role=by.role,
            actor_id=by.id,
        )
    )


def policy_of(session: Session, organization_id: str, installation: Policy) -> Policy:
    """The policy that an organization goes by, with those that it went by before.

    Args:
        installation: by which it is settled, and which holds for an organization of which none is recorded.
    """
    return policies_of(session, [organization_id], installation)[organization_id]


def policies_of(
    session: Session, organization_ids: Collection[str], installation: Policy
) -> dict[str, Policy]:
    """The same for several organizations."""
    found = recorded(session, organization_ids)
    return {i: found[i].settled_by(installation) if i in found else installation for i in organization_ids}


def recorded(session: Session, organization_ids: Collection[str]) -> dict[str, Policy]:
    """The policies as they were recorded, of those organizations of which one is."""
    query = (
        select(
            OrganizationPolicyRow.organization_id,
            OrganizationPolicyRow.since,
            PolicyRow.id,
            PolicyRow.numbers,
        )
        .join(PolicyRow, col(PolicyRow.id) == OrganizationPolicyRow.policy_id)
        .where(col(OrganizationPolicyRow.organization_id).in_(organization_ids))
        .order_by(OrganizationPolicyRow.organization_id, col(OrganizationPolicyRow.revision).desc())
    )
    found: dict[str, list[Policy]] = {}
    for organization_id, since, policy_id, numbers in session.exec(query):
        own = kept(policy_id, numbers).model_copy(update={"since": since})
        found.setdefault(organization_id, []).append(own)
    return {i: own[0].model_copy(update={"earlier": tuple(own[1:])}) for i, own in found.items()}


@lru_cache(maxsize=100)
def kept(policy_id: str, numbers: str) -> Policy:
    """A policy that was kept, read once; one of another release may have been."""
    return read_json(Policy, numbers)


def policy_history(session: Session, organization_id: str) -> list[tuple[OrganizationPolicyRow, PolicyRow]]:
    """What an organization has gone by, the newest first."""
    query = (
        select(OrganizationPolicyRow, PolicyRow)
        .join(PolicyRow, col(PolicyRow.id) == OrganizationPolicyRow.policy_id)
        .where(OrganizationPolicyRow.organization_id == organization_id)
        .order_by(col(OrganizationPolicyRow.revision).desc())
    )
    return [(own, policy) for own, policy in session.exec(query)]


def how_many_go_by(session: Session) -> list[tuple[PolicyRow, int]]:
    """All policies that were ever gone by, and how many organizations go by each now; the oldest first."""
    own = OrganizationPolicyRow
    newest = select(own.organization_id, func.max(own.revision).label("revision")).group_by(
        own.organization_id
    )
    last = newest.subquery()
    holds = last.c.organization_id == own.organization_id, last.c.revision == own.revision
    counted = (
        select(own.policy_id, func.count().label("many"))
        .join(last, and_(*holds))
        .group_by(own.policy_id)
        .subquery()
    )
    query = (
        select(PolicyRow, func.coalesce(counted.c.many, 0))
        .join(counted, counted.c.policy_id == PolicyRow.id, isouter=True)
        .order_by(col(PolicyRow.recorded_at), col(PolicyRow.id))
    )
    return [(policy, many) for policy, many in session.exec(query)]


def renew_policy(
    database: Database, organization_id: str, command: Command, now: datetime, carried: Policy
) -> RenewedPolicy:
    """Have an organization go by the policy that a command names from now on; the same twice changes nothing.

    Args:
        now: programme time.
        carried: what its workflow goes by, for an organization of which nothing is recorded.
    """
    try:
        with database.transaction() as session:
            wait_for_turn(session, organization_id)
            if not policy_history(session, organization_id):
                organization = session.get_one(OrganizationRow, organization_id)
                begin_policy(session, organization_id, carried, organization.created_at)
                session.flush()
            renew(session, organization_id, command, now)
            revision = policy_history(session, organization_id)[0][0].revision
            policy = recorded(session, [organization_id])[organization_id]
            return RenewedPolicy(policy=policy, revision=revision)
    except Refused as refused:
        return RenewedPolicy(refusal=refused.refusal)


def renew(session: Session, organization_id: str, command: Command, now: datetime) -> None:
    """Record that an organization goes by another policy, unless it does already."""
    history = policy_history(session, organization_id)
    current, policy_id = history[0], str(command.facts.get("policy_id"))
    if policy_id == current[1].id or command.id in {own.command_id for own, _ in history}:
        return
    refuse_stranger(session, organization_id, command.actor)
    wanted = session.get(PolicyRow, policy_id)
    if wanted is None:
        raise Refused("unknown_policy", Sentence("No policy {policy} was kept here.", policy=policy_id))
    old, new = kept(current[1].id, current[1].numbers), kept(wanted.id, wanted.numbers)
    if any(getattr(old, name) != getattr(new, name) for name in FIXED):
        raise Refused(
            "policy_fixed", Sentence("A living organization keeps its {kept}.", kept=", ".join(FIXED))
        )
    session.add(
        OrganizationPolicyRow(
            organization_id=organization_id,
            revision=current[0].revision + 1,
            policy_id=policy_id,
            since=now,
            command_id=command.id,
            actor_role=command.actor.role,
            actor_id=command.actor.id,
            reasons=[reason.model_dump() for reason in command.reasons],
        )
    )
    session.flush()
