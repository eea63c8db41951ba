"""Every action, state, field and actor has its words, and no word of the machine stands among them."""

import re
import string
from collections.abc import Iterator
from datetime import date

import pytest
from pydantic import BaseModel

from api.app import ROUTERS
from api.http.bodies import Body
from forms.bank.accounts import BankAccount
from forms.payout_account import Business
from forms.tax.forms import W9, W8BenE
from lifecycle import in_words
from lifecycle.machines import MACHINES
from lifecycle.views.forecast import Basis
from lifecycle.views.pending import Stage
from models.commands import PEOPLE, Role
from models.comparison import DifferenceKind
from models.documents import (
    Contract,
    Document,
    Feature,
    Integration,
    Invoice,
    Launch,
    Payout,
    PayoutAccount,
    Statement,
    Stream,
)
from models.figures import MoneyFigure
from models.money import Money
from models.reasons.failures import FailureClass
from models.states import (
    ContractState,
    IntegrationState,
    InvoiceState,
    LaunchState,
    PayoutAccountState,
    PayoutState,
    StatementState,
)
from tests.lifecycle.life import MONDAY
from words import SHEETS, Names, opens, past, title, title_of
from words.actors import BY, SUBJECTS, TEAMS, WAITED_FOR
from words.codes import (
    BASES,
    DIFFERENCES,
    FAILURE_CLASSES,
    FEATURE_TITLES,
    MONEY_FIGURES,
    STAGES,
    STREAM_TITLES,
)
from words.labels import FIELDS, TECHNICAL, known_label, label_of, path_of
from words.texts import texts
from words.things import GENERAL, NAMED
from words.voice import FEATURES, STREAMS

STATEMENT = Statement(
    id="statement/st_1",
    state=StatementState.PENDING_CONFIRMATION,
    since=MONDAY,
    stream=Stream.IAA,
    period_start=date(2026, 10, 1),
    period_end=date(2026, 10, 15),
    net=Money(amount=42_075),
)
INVOICE = Invoice(
    id="invoice/inv_1",
    state=InvoiceState.UNDER_REVIEW,
    since=MONDAY,
    number="INV-7",
    statement_ids=[STATEMENT.id],
    total=Money(amount=42_075),
    dated=date(2026, 11, 2),
    submission_id="sub_1",
)
PAYOUT = Payout(
    id="payout/inv_1",
    state=PayoutState.SCHEDULED,
    since=MONDAY,
    invoice_id=INVOICE.id,
    amount=Money(amount=42_075),
)
EXAMPLES = (
    STATEMENT,
    INVOICE,
    PAYOUT,
    Launch(id="launch/game_1", state=LaunchState.LIVE, since=MONDAY, game_id="game_1"),
    Integration(
        id="integration/game_1/iaa",
        state=IntegrationState.NOT_RUN,
        since=MONDAY,
        game_id="game_1",
        feature=Feature.IAA,
    ),
    Contract(id="contract/iap", state=ContractState.ACTIVE, since=MONDAY, feature=Feature.IAP),
)
ACCOUNT = PayoutAccount(id="payout_account", state=PayoutAccountState.NEEDS_FIX, since=MONDAY)
NAMES = Names(
    organization="Rocky Road",
    games={"game_1": "Marble Run"},
    people={"sub-ada": "Ada Lovelace"},
    documents={one.id: one for one in (STATEMENT, INVOICE, PAYOUT)},
    reader="sub-ada",
)
SNAKE = re.compile(r"\b[a-z]+_[a-z_]+\b")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_and_action_has_its_words(machine) -> None:  # type: ignore[no-untyped-def]
    sheet = SHEETS[machine.name]
    events = {rule.event for rule in machine.rules}
    assert {state.name for state in machine.states} == set(sheet.states), (
        "states without words, or words without"
    )
    assert events == set(sheet.deeds), "actions without words, or words without actions"
    for event, deed in sheet.deeds.items():
        rules = machine.rules_for(event)
        assert set(deed.into) <= {rule.target for rule in rules}, f"{event} leads nowhere else"
        by_hand = any(set(rule.roles) & set(PEOPLE) for rule in rules)
        assert deed.button or not by_hand, f"words for the button of {machine.name}.{event}"
    for state in machine.states:
        acts = state.waits_for in PEOPLE or bool(state.desks)
        assert bool(sheet.states[state.name].opens) is acts, (
            f"words for the link of {machine.name}: {state.name}"
        )


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_sentences_name_only_what_is_known_of_their_document(machine) -> None:  # type: ignore[no-untyped-def]
    sheet = SHEETS[machine.name]
    named = {*GENERAL, *NAMED.get(machine.name, ())}
    for deed in sheet.deeds.values():
        for text in (deed.done, *deed.into.values(), *deed.because.values()):
            assert placeholders(text) <= named, text
            assert text[0].isupper() or text[0] == "{", text
            assert not text.endswith("."), f"a line of a history has no full stop: {text}"
        assert not placeholders(deed.button), deed.button
    for text in (*(state.todo for state in machine.states), sheet.title):
        assert placeholders(text) <= named - {"who", "organization"}, text


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_field_of_a_document_has_a_label(machine) -> None:  # type: ignore[no-untyped-def]
    model: type[BaseModel] = machine.document
    own = set(model.model_fields) - set(Document.model_fields) - {"machine"}
    missing = own - set(FIELDS) - TECHNICAL
    assert not missing, f"`words/labels.py` has no label for {sorted(missing)}"


def test_every_code_that_is_told_has_its_words() -> None:
    for table, codes in (
        (STAGES, Stage), (BASES, Basis), (DIFFERENCES, DifferenceKind), (FAILURE_CLASSES, FailureClass),
        (MONEY_FIGURES, MoneyFigure),
        (STREAMS, Stream), (STREAM_TITLES, Stream), (FEATURES, Feature), (FEATURE_TITLES, Feature),
    ):  # fmt: skip
        assert set(table) == {str(code) for code in codes}
    for actors in (BY, SUBJECTS, TEAMS, WAITED_FOR):
        assert set(actors) == set(Role)


def test_no_text_has_a_word_of_the_machine_in_it() -> None:
    for text in (*texts(), *in_words.texts()):
        plain = re.sub(r"\{[a-z]+\}", "", text)
        assert not SNAKE.search(plain), text
        assert not re.search(r"\b(operator|clock|pipeline|dossier|facts?|mend(ed|s)?)\b", plain, re.I), text


def test_documents_are_called_by_what_tells_them_apart() -> None:
    assert [title_of(one, NAMES) for one in EXAMPLES] == [
        "Statement for in-app ads, 1–15 October 2026",
        "Invoice INV-7",
        "Payout of invoice INV-7",
        "Marble Run: launch",
        "Marble Run: integration of in-app ads",
        "Contract for in-app purchases",
    ]
    assert title("statement/st_unknown", NAMES) == "Statement", "an id is never shown"
    assert title("members", NAMES) == "Members"


def test_what_has_happened_is_a_sentence_with_who_and_how_much() -> None:
    def said(action: str, state: str, role: Role, who: str | None = None, document=STATEMENT) -> str:  # type: ignore[no-untyped-def]
        return past(action, state, document, role, who, NAMES)

    confirm = "the statement for in-app ads, 1–15 October 2026: $420.75"
    assert said("statement.confirm", "confirmed", Role.ADMIN, "sub-ada") == f"You confirmed {confirm}"
    assert said("statement.confirm", "confirmed", Role.ADMIN, "sub-gone").startswith("Somebody who has left")
    assert said("statement.auto_confirm", "confirmed", Role.CLOCK).endswith(
        "was confirmed automatically: $420.75"
    )
    assert said("payout.hold", "held", Role.OPERATOR, "sub-x", PAYOUT) == (
        "The platform put the payout of invoice INV-7 on hold: $420.75"
    )
    assert said("payout.fail_account", "awaiting_account", Role.PROVIDER, None, PAYOUT) == (
        "Rocky Road’s bank refused the payout of invoice INV-7: $420.75"
    )
    closed = past(
        "payout_account.fail", "needs_fix", ACCOUNT, Role.PIPELINE, None, NAMES, why="account_closed"
    )
    assert closed == "Rocky Road’s bank closed the account"
    assert said("payout.fail_account", "scheduled", Role.PROVIDER, None, PAYOUT) == (
        "The bank refused the account before; the payout of invoice INV-7 goes to the new one"
    )
    assert said("contract.of_a_later_release", "?", Role.CLOCK) == "Contract"


def test_what_is_to_be_done_names_the_thing_and_the_link_says_what_opens() -> None:
    assert in_words.todo(STATEMENT, NAMES) == (
        "Confirm the statement for in-app ads, 1–15 October 2026: $420.75, or appeal it"
    )
    assert opens(STATEMENT) == "Review statement"
    assert in_words.todo(EXAMPLES[4], NAMES) == "Build in-app ads into Marble Run and run the checks"


def bodies(kind: type[BaseModel] = Body) -> Iterator[type[BaseModel]]:
    """Everything that people and programs fill in."""
    for own in kind.__subclasses__():
        yield own
        yield from bodies(own)


def test_every_field_that_is_filled_in_has_a_label() -> None:
    assert len(ROUTERS) > 10, "all bodies are known by now"
    own = {name for body in bodies() for name in body.model_fields}
    own |= {name for part in (Business, BankAccount, W9, W8BenE) for name in part.model_fields}
    own |= {
        name
        for machine in MACHINES.values()
        for rule in machine.rules
        for name in (*rule.required_facts, *rule.optional_facts)
    }
    assert {"iban", "typed_name", "account_usable"} <= own
    assert sorted(name for name in own if not known_label(name)) == []


def test_a_field_that_is_none_of_ours_is_not_called_by_its_name() -> None:
    assert label_of("made_up_field") == "Another field" == path_of("bank.made_up_field")[1]
