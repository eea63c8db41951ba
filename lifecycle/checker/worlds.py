"""The small worlds in which everything is tried, and their bounds."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from lifecycle.checker.abstraction import NOW, POLICIES
from lifecycle.machines import RULES
from models.commands import Role
from models.desks import Decider
from models.documents import (
    AnyDocument,
    Contract,
    Feature,
    Integration,
    Launch,
    PayoutAccount,
    Qualification,
    Statement,
    Stream,
    Verification,
)
from models.money import Money
from models.programme.policy import Policy
from models.states import (
    ContractState,
    IntegrationState,
    LaunchState,
    PayoutAccountState,
    QualificationState,
    StatementState,
    VerificationState,
)

ABSENT = object()
"""The fact is not brought."""

Values = Mapping[str, Sequence[object] | Callable[[AnyDocument | None], Sequence[object]]]
"""Representative facts by their names; where they depend on the document, a function of it."""

NOTHING: Collection[str] = ()
SHORT_CONTRACT: Collection[str] = ("sign", "activate", "decline", "suspend", "reinstate", "terminate")


@dataclass(frozen=True)
class World:
    """An organization in which everything is tried.

    Attributes:
        about: what it holds and how far it is followed, in a sentence.
        documents: the documents that are there from the beginning.
        absent: the ids of those that may come into being.
        values: representative facts that differ from the usual ones.
        limits: for some documents, the only events that are tried (none: it stands still).
        pipeline: steps of the pipeline that may come at any time, from a part that is not in this world.
        closely: count reminders, and follow late reviews.
        people: who acts in each role, where that differs from the usual.
        decider: who decides at all desks.
        under_way: how many messages may be under way to the payout, and to the organization.
    """

    name: str
    about: str
    documents: tuple[AnyDocument, ...]
    absent: tuple[str, ...] = ()
    values: Values = field(default_factory=dict)
    limits: Mapping[str, Collection[str]] = field(default_factory=dict)
    pipeline: Collection[str] = ()
    closely: bool = False
    people: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    decider: Decider = Decider.PROVIDER_THEN_PEOPLE
    under_way: tuple[int, int] = (2, 2)

    @property
    def policy(self) -> Policy:
        """By which it goes."""
        return POLICIES[self.decider]

    @property
    def ids(self) -> tuple[str, ...]:
        """All document ids of this world."""
        return (*(document.id for document in self.documents), *self.absent)


def verification(state: str = "not_started") -> Verification:
    """The verification in a state."""
    country = None if state == VerificationState.NOT_STARTED else "US"
    return Verification(id="verification", state=VerificationState(state), since=NOW, country=country)


def qualification(state: str = "not_started") -> Qualification:
    """The qualification in a state."""
    return Qualification(id="qualification", state=QualificationState(state), since=NOW)


def contract(feature: str, state: str = "not_signed") -> Contract:
    """A contract in a state."""
    version = None if state == ContractState.NOT_SIGNED else 1
    return Contract(
        id=f"contract/{feature}",
        state=ContractState(state),
        since=NOW,
        feature=Feature(feature),
        version=version,
        signed_version=version,
    )


def integration(feature: str, state: str = "not_run") -> Integration:
    """The integration of the game in a state."""
    return Integration(
        id=f"integration/g/{feature}",
        state=IntegrationState(state),
        since=NOW,
        game_id="g",
        feature=Feature(feature),
    )


def launch(features: list[str], state: str = "not_submitted") -> Launch:
    """The game in a state."""
    return Launch(
        id="launch/g",
        state=LaunchState(state),
        since=NOW,
        game_id="g",
        features=[Feature(f) for f in features],
    )


def account(state: str = "not_set_up", submission_id: str | None = None) -> PayoutAccount:
    """The payout account in a state."""
    return PayoutAccount(
        id="payout_account", state=PayoutAccountState(state), since=NOW, submission_id=submission_id
    )


def statement(number: int, cents: int, state: str = "confirmed") -> Statement:
    """A statement in a state."""
    return Statement(
        id=f"statement/{number}",
        state=StatementState(state),
        since=NOW,
        stream=Stream.IAA,
        period_start=date(2026, 2, number),
        period_end=date(2026, 2, number + 1),
        net=Money(amount=cents),
        confirmed_on=NOW.date(),
    )


ALL_STATEMENTS = (
    ["statement/1"],
    ["statement/2"],
    ["statement/1", "statement/2"],
    ["statement/1", "statement/1"],
    ["statement/1", "statement/foreign"],
)
STATEMENT_STEPS = ("issue", "invoice", "detach", "pay", "return_payment", "close")
BY_PEOPLE = (
    "outcome_unknown",
    "propose_resolution",
    "decline_resolution",
    "withdraw_resolution",
    "resolve_paid",
    "resolve_not_paid",
)
"""What becomes of a payment of which nobody knows what came of it."""

LATE_WORDS = ("accept_late", "pay_late", "end_late", "return_late", "recheck", "recover", "settle")
"""What a provider says of an attempt that was given up, or of a payment that was settled."""

PAYMENT_NEWS = {
    "invoice.fail_payment",
    "invoice.resume_payment",
    "invoice.pay",
    "invoice.return_payment",
    "invoice.cancel",
    "invoice.close",
}


def all_but(*events: str) -> Collection[str]:
    """A payout's events without some, whose every turn "a payout" follows by itself."""
    return [event for machine, event in RULES if machine == "payout" and event not in events]


def payout_world(
    name: str, about: str, cents: int, under_way: tuple[int, int], deep: bool, left_out: Collection[str]
) -> World:
    """One statement, its invoice and its payout, with the account and the verification they depend on."""
    most = (3, 3) if deep else under_way
    without = "" if deep else f", without {', '.join(left_out)}"
    verification_events = {"suspend", "reinstate"} | ({"expire", "submit", "verify"} if deep else set())
    return World(
        name,
        f"{about} Two workflows{without}; messages arrive in order, however late, {' and '.join(map(str, most))} at most.",
        (verification("verified"), account("active", "A"), statement(1, cents)),
        ("invoice/1", "payout/1"),
        values={
            "proposed_submission_id": ("new",),
            "statement_ids": (["statement/1"],),
            "total": ({"amount": cents},),
            "dated": (NOW.date(),),
            "expires_on": (ABSENT, NOW.replace(year=NOW.year + 1)) if deep else (ABSENT,),
            "not_taken": (ABSENT,),
        },
        limits={
            "verification": verification_events,
            "statement/1": NOTHING,
            **({} if deep else {"payout/1": all_but(*left_out)}),
        },
        # Otto reviews everything, also what a provider reviews elsewhere.
        people={Role.OPERATOR: ("otto",), Role.PROVIDER: ("otto",), Role.FINANCE: ("fay", "otto")},
        under_way=most,
    )


REVIEWED = ("verification", "contracts", "an integration", "payout account", "an invoice")
"""Worlds in which everything that desks review is reviewed."""


def decided_otherwise(found: tuple[World, ...]) -> Iterator[World]:
    """The worlds of reviews once more, with people alone deciding, and with providers alone."""
    for decider, alone in ((Decider.PEOPLE, "people"), (Decider.PROVIDER, "providers")):
        for world in found:
            if world.name in REVIEWED:
                about = f"The same as “{world.name}”, where {alone} alone decide at all desks."
                yield replace(world, name=f"{world.name}, by {alone}", about=about, decider=decider)


def worlds(deep: bool = False) -> tuple[World, ...]:
    """All worlds; the deep ones take minutes. Where it is not said, people decide what providers leave to them."""
    usual = usual_worlds(deep)
    return (*usual, *decided_otherwise(usual))


def usual_worlds(deep: bool) -> tuple[World, ...]:
    """The worlds in which providers decide first."""
    return (
        World(
            "verification",
            "The business verification, its documents' dates and reminders, and a game in US or JP of a US or HK entity.",
            (
                verification(),
                qualification("approved"),
                contract("iaa", "active"),
                integration("iaa", "passed"),
                launch(["iaa"]),
            ),
            values={
                "country": ("US", "HK"),
                "regions": (["US"], ["JP"], []),
                "us_eu_approval": (ABSENT, "approved", "not_approved"),
            },
            limits={"qualification": NOTHING, "contract/iaa": NOTHING, "integration/g/iaa": NOTHING},
            closely=True,
        ),
        World(
            "contracts",
            "Both contracts, with ever newer versions, and the qualification, looked at closely.",
            (verification("verified"), qualification(), contract("iaa"), contract("iap")),
            limits={"verification": NOTHING},
            closely=True,
        ),
        World(
            "pay in",
            "Verification × qualification × two contracts × one game with one feature: registration, integration, launch.",
            (verification(), qualification(), contract("iaa"), contract("iap")),
            ("launch/g", "integration/g/iaa"),
            values={"expires_on": (ABSENT, NOW.replace(year=NOW.year + 1))},
            limits={} if deep else {"contract/iap": SHORT_CONTRACT},
        ),
        World(
            "two features",
            "One game with two features, which may be added later; contracts come and go.",
            (verification("verified"), qualification("approved"), contract("iaa"), contract("iap")),
            ("launch/g", "integration/g/iaa", "integration/g/iap"),
            values={"features": (["iaa"], ["iaa", "iap"], [])},
            limits={
                "verification": NOTHING,
                "qualification": NOTHING,
                **({} if deep else {"contract/iaa": SHORT_CONTRACT, "contract/iap": SHORT_CONTRACT}),
            },
        ),
        World(
            "an integration",
            "The integration of one feature in one game, looked at closely.",
            (contract("iaa", "active"), integration("iaa"), launch(["iaa"])),
            limits={"contract/iaa": NOTHING, "launch/g": NOTHING},
            closely=True,
        ),
        World(
            "payout account",
            "The payout account from its set-up on, looked at closely, with the verification it depends on.",
            (verification("verified"), account()),
            values={"proposed_submission_id": ("B",)},
            limits={"verification": {"suspend", "reinstate"}},
            pipeline={"payout_account.fail"},
            closely=True,
        ),
        World(
            "statements",
            "A statement from its issue on, looked at closely, with any steps of its invoices.",
            (verification("verified"),),
            ("statement/1",),
            limits={"verification": NOTHING},
            values={"invoice_id": ("invoice/1",)},
            pipeline={f"statement.{event}" for event in STATEMENT_STEPS},
            closely=True,
        ),
        World(
            "invoices",
            "Two statements of USD 60 and two invoices for them, with any news of their payouts at any time.",
            (
                verification("verified"),
                contract("iaa", "active"),
                account("active", "A"),
            ),
            ("statement/1", "statement/2", "invoice/1", "invoice/2"),
            values={
                "net": ({"amount": 6_000}, {"amount": 0}),
                "statement_ids": ALL_STATEMENTS,
                "total": ({"amount": 6_000}, {"amount": 12_000}, {"amount": 12_001}),
                "failure_class": ("payer", "account"),
                "refused_account": ("A",),
                "proposed_submission_id": ("A",),
            },
            limits={
                "verification": NOTHING,
                "contract/iaa": {"terminate"},
                "payout_account": {"change", "approve_change", "finish_change"},
            },
            pipeline={"statement.issue"} | PAYMENT_NEWS,
        ),
        World(
            "an invoice",
            "One statement and its invoice, looked at closely, with any news of its payout at any time.",
            (verification("verified"), account("active", "A"), statement(1, 20_000)),
            ("invoice/1",),
            values={
                "statement_ids": (["statement/1"],),
                "total": ({"amount": 20_000},),
                "failure_class": ("transient", "account"),
            },
            limits={"verification": NOTHING, "payout_account": NOTHING, "statement/1": NOTHING},
            pipeline=PAYMENT_NEWS,
            closely=True,
        ),
        World(
            "a payout",
            "One payout, looked at closely, that hears anything about two accounts at any time, in any order.",
            (),
            ("payout/1",),
            values={
                "invoice_id": ("invoice/1",),
                "amount": ({"amount": 20_000}, {"amount": 6_000_000}),
                "account_usable": (True, False),
                "account_submission_id": ("A", "B"),
                "initiated_by": ("otto",),
                "retry_after_seconds": (ABSENT, 86_400),
            },
            pipeline={"payout.schedule", "payout.account_changed"},
            closely=True,
            # Names are only compared: otto who initiated it, and another; a third would do what the other does.
            people={} if deep else {Role.FINANCE: ("fay", "otto")},
        ),
        payout_world(
            "pay out", "A payout that needs no approval.", 20_000, (1, 2), deep, (*BY_PEOPLE, *LATE_WORDS)
        ),
        payout_world(
            "pay out, large",
            "A payout above the limit of approval.",
            6_000_000,
            (1, 2),
            deep,
            (*BY_PEOPLE, *LATE_WORDS),
        ),
        payout_world(
            "pay out, lost",
            "A payout of which the provider's answer is lost, and people find out what came of it.",
            20_000,
            (1, 2),
            deep,
            LATE_WORDS,
        ),
        payout_world(
            "pay out, taken back",
            "A payout of which the provider takes its last word back.",
            20_000,
            (1, 2),
            deep,
            BY_PEOPLE,
        ),
    )
