"""Who has done something, and who is waited for, in words."""

from collections.abc import Collection, Mapping

from models.commands import Role
from words.voice import ENGLISH, Names, Sentence, Several, Voice

YOU = "You"
SOMEBODY = "Somebody who has left"
THE_PLATFORM = "The platform"

BY: Mapping[Role, str] = {
    Role.ADMIN: SOMEBODY,
    Role.OPERATOR: THE_PLATFORM,
    Role.FINANCE: THE_PLATFORM,
    Role.PROVIDER: "An outside provider",
    Role.CLOCK: "Automatically",
    Role.PIPELINE: "Automatically",
}
"""Who it was, where nobody is named."""

SUBJECTS: Mapping[Role, str] = {**BY, Role.CLOCK: THE_PLATFORM, Role.PIPELINE: THE_PLATFORM}
"""The same at the beginning of a sentence."""

WAITED_FOR: Mapping[Role, str] = {
    Role.ADMIN: "you",
    Role.OPERATOR: "the platform",
    Role.FINANCE: "the platform’s finance team",
    Role.PROVIDER: "an outside review",
    Role.CLOCK: "the calendar",
    Role.PIPELINE: "an earlier step",
}
"""Who is waited for, as an organization reads it."""

TEAMS: Mapping[Role, str] = {
    Role.ADMIN: "the organization",
    Role.OPERATOR: "the operations team",
    Role.FINANCE: "the finance team",
    Role.PROVIDER: "an outside provider",
    Role.CLOCK: "the calendar",
    Role.PIPELINE: "an earlier step",
}
"""The same as the platform's staff read it."""

ONES: Mapping[Role, str] = {
    Role.ADMIN: "an admin of the organization",
    Role.OPERATOR: "the platform’s operations team",
    Role.FINANCE: "the platform’s finance team",
    Role.PROVIDER: "an outside provider",
    Role.CLOCK: "the programme by itself",
    Role.PIPELINE: "the programme by itself",
}
"""One of those who act in a role."""


def any_of(roles: Collection[Role]) -> Several:
    """Those who act in any of some roles, each named once."""
    return Several(tuple(Sentence(one) for one in sorted({ONES[role] for role in roles})))


PEOPLE = (Role.ADMIN, Role.OPERATOR, Role.FINANCE)


def name_of(role: Role, actor_id: str | None, names: Names, voice: Voice = ENGLISH) -> str:
    """Who did something, at the beginning of a sentence."""
    return known(role, actor_id, names, voice) or voice.translate(SUBJECTS[role])


def by(role: Role, actor_id: str | None, names: Names, voice: Voice = ENGLISH) -> str:
    """Who or what did something, standing alone."""
    return known(role, actor_id, names, voice) or voice.translate(BY[role])


def has(role: Role, actor_id: str | None, names: Names) -> Sentence:
    """The verb that goes with whoever did something, for languages that say what happened in the perfect: “you have”."""
    is_reader = actor_id is not None and actor_id == names.reader and role in PEOPLE
    return Sentence("have") if is_reader else Sentence("has")


def known(role: Role, actor_id: str | None, names: Names, voice: Voice) -> str | None:
    """A person by name, or as “you”; nobody else has one."""
    if actor_id is None or role not in PEOPLE:
        return None
    return voice.translate(YOU) if actor_id == names.reader else names.people.get(actor_id)
