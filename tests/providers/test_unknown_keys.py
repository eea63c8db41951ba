"""What others send us: either a word that we do not know is refused or put aside, or it is said here why it is not."""

import importlib
import pkgutil

import pytest
from pydantic import BaseModel
from pydantic_settings import BaseSettings

import providers
from models.commands import ProviderEvent
from models.earnings import AdDay, OrderEvent
from providers.answers import Answer
from providers.http.reviews import ReviewDecided
from providers.payments.messages import PaymentNews

TOLERANT = {
    "Receipt": "an answer that says nothing",
    # What a page says beside its rows puts its rows aside, which are strict.
    "RawPage": "judged",
    "RawOrderPage": "judged",
    "RawAdDayPage": "judged",
    # Made by ourselves, or by the sandbox, out of strict rows.
    "OrderPage": "ours",
    "AdDayPage": "ours",
    "ReadOrderPage": "ours",
    "ReadAdDayPage": "ours",
}


def received() -> dict[str, type[BaseModel]]:
    """All models of the rooms in which others' words are read, but answers: a provider may add to those as it likes.

    They are asked for by us, not told to us; of what is told, Stripe's events are among them, each being no more than
    a hint, after which Stripe is asked.
    """
    found: dict[str, type[BaseModel]] = {}
    for module in pkgutil.walk_packages(providers.__path__, "providers."):
        for kind in vars(importlib.import_module(module.name)).values():
            if not isinstance(kind, type) or kind.__module__ != module.name:
                continue
            if issubclass(kind, BaseModel) and not issubclass(kind, Answer | BaseSettings):
                found[kind.__name__] = kind
    return found


def test_every_model_of_what_others_say_forbids_unknown_words_or_says_why_not() -> None:
    tolerant = {name for name, kind in received().items() if kind.model_config.get("extra") != "forbid"}
    assert tolerant == TOLERANT.keys()


@pytest.mark.parametrize("kind", [PaymentNews, ReviewDecided, OrderEvent, AdDay, ProviderEvent])
def test_whatever_is_signed_or_reported_is_strict_in_all_its_parts(kind: type[BaseModel]) -> None:
    schema = kind.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        assert part["type"] != "object" or part["additionalProperties"] is False, part["title"]
