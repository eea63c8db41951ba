"""What people are told about, and how each of them wants to hear of it."""

from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from models.texts.sentences import Sentence


class Topic(StrEnum):
    """What a notification is about, as far as people choose how they hear of it; the most important first."""

    SECURITY = "security"
    YOUR_TURN = "your_turn"
    MONEY = "money"
    PROGRESS = "progress"
    REMINDER = "reminder"


class Audience(StrEnum):
    """Who is told: an organization's admins, or people of the platform."""

    ADMINS = "admins"
    OPERATOR = "operator"
    FINANCE = "finance"


class Delivery(StrEnum):
    """How somebody hears of a topic; the inbox has it in any case."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    INBOX = "inbox"


USUAL: dict[Topic, Delivery] = {
    Topic.YOUR_TURN: Delivery.AT_ONCE,
    Topic.MONEY: Delivery.AT_ONCE,
    Topic.PROGRESS: Delivery.AT_ONCE,
    Topic.REMINDER: Delivery.DIGEST,
}
"""How people hear of what they have not chosen for; of security they always hear at once."""


class Profile(BaseModel):
    """How somebody wants to be spoken to.

    Attributes:
        language: an IETF tag such as ``zh-CN``; empty follows the browser, and mails are in English.
        time_zone: an IANA name; digests come in its morning.
        theme: of the console.
        mail: how to hear of each topic that has a choice.
    """

    model_config = ConfigDict(extra="forbid")

    language: str = Field(default="", max_length=35, pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3})?$")
    time_zone: str = Field(default="UTC", max_length=60)
    theme: Literal["auto", "light", "dark"] = "auto"
    mail: dict[Annotated[Topic, Field(strict=False)], Annotated[Delivery, Field(strict=False)]] = Field(
        default_factory=dict
    )

    @field_validator("time_zone")
    @classmethod
    def known_time_zone(cls, name: str) -> str:
        """Refuse what is no time zone."""
        if name != "UTC" and name not in available_timezones():
            raise ValueError(Sentence("Choose a time zone by its name, such as Europe/Berlin."))
        return name

    @field_validator("mail")
    @classmethod
    def leave_security(cls, mail: dict[Topic, Delivery]) -> dict[Topic, Delivery]:
        """Nobody can turn off what tells them of a change that they did not make."""
        if mail.get(Topic.SECURITY, Delivery.AT_ONCE) is not Delivery.AT_ONCE:
            raise ValueError(Sentence("Mail about security is always sent at once."))
        return mail

    def hears(self, topic: Topic) -> Delivery:
        """How somebody hears of a topic."""
        return Delivery.AT_ONCE if topic is Topic.SECURITY else self.mail.get(topic, USUAL[topic])
