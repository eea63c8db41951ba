"""The messages between an organization and its payout, and what an onlooker knows of the money on its way."""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from lifecycle.checker.abstraction import LATE, POLICY
from lifecycle.checker.exploring import Decisions, State, Verdict, View
from lifecycle.checker.probes import Probe
from lifecycle.messages import schedule_payout, tell_organization, tell_payout
from lifecycle.steps.payout.overpaid import LATE as LATE_WORDS
from models import effects
from models.commands import Command, Role
from models.documents import Invoice, Payout, PayoutAccount
from models.dossier import Dossier
from models.states import InvoiceState, PayoutState

D = TypeVar("D", PayoutAccount, Payout)

DELIVERED = (InvoiceState.PROCESSING_PAYMENT, InvoiceState.PAYMENT_FAILED, InvoiceState.PAID)
"""An organization tells the payouts of invoices in these states."""

OF_OTHERS = frozenset({effects.TELL_PAYOUTS.name, effects.START_PAYOUT.name})
"""Effects whose messages speak of other documents than the one that was changed."""


class Money(NamedTuple):
    """What an onlooker knows who hears only what the provider says of the present attempt.

    Attributes:
        attempt: ``none`` is open · ``open``: sent, outcome unknown · ``taken`` by the provider · ``out``: paid ·
            ``?``: the provider has contradicted itself, and nothing more is claimed.
        approved_for: the account for which a finance approver has agreed since the last return.
    """

    attempt: str = "none"
    approved_for: str | None = None


class Sight(NamedTuple):
    """What lies between the documents: queues of messages, and the money."""

    to_payout: tuple[str, ...] = ()
    to_organization: tuple[str, ...] = ()
    money: Money = Money()


class Exchange:
    """Delivers messages in order, however late, in bounded queues."""

    def __init__(self, decisions: Decisions) -> None:
        self.decisions = decisions
        self.most_to_payout, self.most_to_organization = decisions.world.under_way
        self.slots = {
            d: decisions.slots[d] for d in ("verification", "payout_account", "invoice/1", "payout/1")
        }
        self.sights: list[Sight] = [Sight()]
        self.numbers: dict[Sight, int] = {Sight(): 0}
        self.messages: dict[str, Probe] = {}
        self.told: dict[tuple[int, int], str] = {}
        self.alike: dict[tuple[int, int, int], tuple[int, int, int]] = {}
        self.cut = 0

    def number(self, sight: Sight) -> int:
        """The number of a sight."""
        if sight not in self.numbers:
            self.numbers[sight] = len(self.sights)
            self.sights.append(sight)
        return self.numbers[sight]

    def deliveries(self, state: State) -> Iterator[tuple[Probe, State]]:
        """The first message of each queue, and the state without it."""
        sight = self.sights[state[-1]]
        for queue in ("to_payout", "to_organization"):
            messages = getattr(sight, queue)
            if messages:
                rest = sight._replace(**{queue: messages[1:]})
                yield self.messages[messages[0]], (*state[:-1], self.number(rest))

    def after(self, state: State, probe: Probe, verdict: Verdict) -> int | None:
        """The sight after a step; ``None`` when a queue would become too long."""
        if not verdict.effects and not verdict.payout:
            return state[-1]
        documents = list(state)
        for slot, changed in verdict.changes:
            documents[slot] = changed
        sight = self.exchanged(self.sights[state[-1]], probe, verdict, tuple(documents))
        if sight is None:
            self.cut += 1
        return sight

    def exchanged(self, sight: Sight, probe: Probe, verdict: Verdict, documents: State) -> int | None:
        """What a step adds to the queues, and to what is known of the money."""
        payout, organization = sight.to_payout, sight.to_organization
        for effect in verdict.effects:
            if effect == effects.TELL_ORGANIZATION.name and verdict.payout:
                message = tell_organization(verdict.payout)
                if message:
                    organization = (*organization, self.message(message, self.slots["invoice/1"]))
            elif effect == effects.TELL_PAYOUTS.name and self.listens(documents, payout):
                # Effects of one decision say the same, under the same id.
                news = self.account_news(documents)
                payout = (*sight.to_payout, news)
            elif effect == effects.START_PAYOUT.name and not documents[self.slots["payout/1"]] and not payout:
                payout = (self.message(self.schedule(documents), self.slots["payout/1"]),)
        if len(payout) > self.most_to_payout or len(organization) > self.most_to_organization:
            return None
        money = known(sight.money, probe, verdict) if verdict.payout else sight.money
        return self.number(Sight(payout, organization, money))

    def listens(self, documents: State, under_way: tuple[str, ...]) -> bool:
        """Whether there is a payout, or is about to be one, that is told about the account."""
        invoice = self.decisions.documents[documents[self.slots["invoice/1"]]]
        exists = bool(documents[self.slots["payout/1"]]) or bool(under_way)
        return exists and invoice is not None and invoice.state in DELIVERED

    def message(self, command: Command, slot: int) -> str:
        """A message under the key of what it says."""
        facts = {name: value for name, value in command.facts.items() if name != "blocked_by"}
        key = f"{command.action} {facts}"
        self.messages.setdefault(key, Probe(slot, command, must=True))
        return key

    def account_news(self, documents: State) -> str:
        """What the payout is told about the account."""
        key = documents[self.slots["verification"]], documents[self.slots["payout_account"]]
        if key not in self.told:
            command = tell_payout(self.dossier(documents), "invoice/1")
            self.told[key] = self.message(command, self.slots["payout/1"])
        return self.told[key]

    def schedule(self, documents: State) -> Command:
        """The message with which the payout begins."""
        invoice = self.decisions.documents[documents[self.slots["invoice/1"]]]
        assert isinstance(invoice, Invoice)
        return schedule_payout(self.dossier(documents), invoice)

    def dossier(self, documents: State) -> Dossier:
        """The organization's documents as far as messages speak of them."""
        found = (
            self.decisions.documents[documents[self.slots[name]]]
            for name in ("verification", "payout_account")
        )
        return Dossier.model_construct(organization_id="o", documents={d.id: d for d in found if d})

    # ------------------------------------------------------------------ accounts are named by their part

    def renamed(self, state: State) -> State:
        """The same state with accounts named in the order in which they are met; their names mean nothing."""
        key = state[self.slots["payout_account"]], state[self.slots["payout/1"]], state[-1]
        alike = self.alike.get(key)
        if alike is None:
            alike = self.alike[key] = self.rename(state)
        if alike == key:
            return state
        after = list(state)
        after[self.slots["payout_account"]], after[self.slots["payout/1"]], after[-1] = alike
        return tuple(after)

    def rename(self, state: State) -> tuple[int, int, int]:
        """The account, the payout and the sight with other names for the accounts."""
        view, sight = View(self.decisions, state), self.sights[state[-1]]
        account, payout = view["payout_account"], view["payout/1"]
        keys = (*sight.to_payout, *sight.to_organization)
        said = [self.messages[key].command.facts for key in keys]
        met = [
            *(getattr(account, name) for name in ACCOUNT_NAMES),
            *((getattr(payout, name) for name in PAYOUT_NAMES) if payout else ()),
            *(facts.get(name) for facts in said for name in MESSAGE_NAMES),
            sight.money.approved_for,
        ]
        names = dict(zip(dict.fromkeys(name for name in met if name), ACCOUNTS, strict=False))
        if all(name == new for name, new in names.items()):
            return state[self.slots["payout_account"]], state[self.slots["payout/1"]], state[-1]
        return (
            self.decisions.number(with_names(account, ACCOUNT_NAMES, names)),
            self.decisions.number(payout_with_names(payout, names)) if payout else 0,
            self.number(
                Sight(
                    tuple(self.message_renamed(key, names) for key in sight.to_payout),
                    tuple(self.message_renamed(key, names) for key in sight.to_organization),
                    sight.money._replace(approved_for=names.get(sight.money.approved_for or "")),
                )
            ),
        )

    def message_renamed(self, key: str, names: dict[str, str]) -> str:
        """A message with other names for the accounts."""
        probe = self.messages[key]
        facts = {
            name: names.get(value, value) if name in MESSAGE_NAMES else value
            for name, value in probe.command.facts.items()
        }
        return self.message(probe.command.model_copy(update={"facts": facts}), probe.slot)


ACCOUNTS = ("A", "B", "C", "D", "E", "F", "G", "H")
ACCOUNT_NAMES = ("submission_id", "proposed_submission_id")
PAYOUT_NAMES = ("account_submission_id", "sent_to", "refused_account")
MESSAGE_NAMES = ("account_submission_id", "refused_account")


def with_names(document: D, fields: tuple[str, ...], names: dict[str, str]) -> D:
    """A document with other names for the accounts that it holds."""
    return document.model_copy(
        update={field: names.get(getattr(document, field), getattr(document, field)) for field in fields}
    )


def payout_with_names(payout: Payout, names: dict[str, str]) -> Payout:
    """A payout with other names for the accounts; what was approved of it stays approved."""
    renamed = with_names(payout, PAYOUT_NAMES, names)
    if payout.approved_digest != payout.proposed_digest:
        return renamed
    return renamed.model_copy(update={"approved_digest": renamed.proposed_digest})


DEFINITE = ("fail_transient", "fail_account", "fail_payer", "fail_final", "return")


def known(money: Money, probe: Probe, verdict: Verdict) -> Money:
    """What the onlooker knows after a step of the payout."""
    payout, event = verdict.payout, probe.command.event
    assert payout is not None
    attempt, approved_for = money
    if event == "approve":
        approved_for = payout.account_submission_id
    if payout.state == PayoutState.RETURNED:
        approved_for = None
    if attempt == "?":
        return Money("?", approved_for)
    if payout.state == PayoutState.SENDING and event in ("send", "retry"):
        attempt = "open"
    elif probe.command.actor.role is Role.PROVIDER:
        attempt = heard(attempt, event, probe.at == LATE)
    elif event == "resolve_not_paid":
        attempt = "none"
    elif event == "resolve_paid":
        attempt = "out"
    return Money(attempt, approved_for)


def heard(attempt: str, event: str, late: bool) -> str:
    """What is known of an attempt after the provider's word; what contradicts its earlier word is no knowledge."""
    if event in LATE_WORDS:
        return "?"
    under_way = attempt in ("open", "taken")
    if event in ("accept", "pay"):
        return {"accept": "taken", "pay": "out"}[event] if under_way else "?"
    if event in DEFINITE:
        return "none" if under_way or (event == "return" and attempt == "out") else "?"
    if event == "not_received":
        # Not finding a payment that may still be on its way is no word at all.
        return attempt if not late else ("none" if attempt == "open" else "?")
    return attempt


def is_large(payout: Payout) -> bool:
    """Whether a finance approver must agree to a payout."""
    return payout.returned or payout.amount.amount > POLICY.payout_approval_above
