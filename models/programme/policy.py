"""Every deadline, threshold, cycle and retry schedule of the programme, as one versioned value.

Spans are programme time. An installation has one policy, by which it settles; each organization is recorded with the
one that it goes by, which its workflows carry in their input, so that replay is exact. Numbers are the platform's published
ones, or this project's own where none is published.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.desks import Decider, Desk
from models.programme.clock import ProgrammeClock
from models.programme.withholding import Withholding

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class RetrySchedule(BaseModel):
    """How often something is tried again: fast at first, then slowly, without end.

    Attributes:
        first: the wait before the first retry; it doubles with each further one.
        longest: no fast wait is longer than this.
        fast: how many fast retries there are.
        slow: the wait between retries after the fast ones.
        jitter: the largest share by which a wait is lengthened, so that retries spread out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: Annotated[timedelta, Field(gt=timedelta(0))]
    longest: timedelta
    fast: int
    slow: timedelta
    jitter: float = 0.2

    def wait(self, tries: int, spread: float) -> timedelta:
        """The wait after the given number of failed tries (1 or more); ``spread`` is between 0 and 1."""
        if tries > self.fast:
            base = self.slow
        else:
            # Further doublings would leave what a span can be.
            enough = (self.longest // self.first).bit_length()
            base = min(self.first * 2 ** min(tries - 1, enough), self.longest)
        return base * (1 + self.jitter * spread)


class SettlementCycle(BaseModel):
    """A period of settlement that comes back every month, until the day before the next cycle's first.

    Attributes:
        first_day: the day of the month on which the period begins.
        delivered_day: its statement is delivered on the first such day of a month after the period's end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_day: int = Field(ge=1, le=28)
    delivered_day: int = Field(ge=1, le=28)


def time_zone(name: str) -> tzinfo:
    """The time zone of that name; UTC needs no time zone data on the machine."""
    return UTC if name == "UTC" else ZoneInfo(name)


def known_time_zone(name: str) -> str:
    """Refuse what is no IANA time zone."""
    try:
        time_zone(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"{name} is no known time zone; use an IANA name such as Europe/Berlin") from error
    return name


TimeZone = Annotated[str, AfterValidator(known_time_zone)]


CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


SETTLEMENT = (
    *("bean_price_micros", "iaa_cycles", "iap_cycles", "settlement_time_zone", "largest_ad_day_micros"),
    *("settlement_window", "withholding"),
)
"""The numbers that hold for all organizations at once, because a settlement is one for all."""


DECIDED_BY: Mapping[Desk, Decider] = {
    Desk.VERIFICATION: Decider.PEOPLE,
    Desk.QUALIFICATION: Decider.PEOPLE,
    Desk.CONTRACTS: Decider.PEOPLE,
    Desk.LAUNCHES: Decider.PEOPLE,
    Desk.TAX_FORMS: Decider.PROVIDER_THEN_PEOPLE,
    Desk.BANK_ACCOUNTS: Decider.PROVIDER_THEN_PEOPLE,
    Desk.INVOICES: Decider.PEOPLE,
}
"""Who decides in this programme: people judge people and papers; machines check what machines can."""


class Policy(BaseModel):
    """The programme's rules in numbers.

    Attributes:
        name: which policy this is; stored with every organization.
        version: rises with each change of a number.
        clock: how programme time runs.
        pay_out_opens: programme time from which pay-out steps may be taken; earnings accrue before it.
        decided_by: who decides what comes to a desk; the provider where a desk is not named. Policies kept before there
            was a choice name none, and keep their identity.
        verification_review_days: working days until a business verification review is late.
        information_days: days to answer a request for more information before verification lapses.
        information_reminders: days before that at which the admins are reminded, longest first.
        expiry_warnings: days before a document expires at which its owner is warned, longest first.
        document_min_validity_days: a submitted document must be valid at least this long.
        qualification_review_days: working days until an industry qualification review is late.
        contract_review_days: working days until a contract review is late.
        integration_run_limit: after this long an integration run without a result has failed.
        launch_review_days: working days until an app review is late.
        account_check_days: working days until the checks of a payout account are late.
        cooling_off_days: days between the approval of a bank change and its use.
        ask_again: a late review is asked after at its provider this often.
        bean_price_micros: the base price of a Bean, millionths of the settlement currency.
        iaa_cycles: the periods of ads, in the order of the month.
        iap_cycles: the periods of purchases, in the order of the month.
        settlement_time_zone: the IANA time zone in which a day of earnings begins and ends; a programme chooses it
            once, before anything is earned.
        largest_ad_day_micros: an ad day reported above it waits until somebody has looked at it and raised this.
        settlement_window: periods delivered this long ago are still caught up with.
        withholding: which tax is withheld from statements.
        confirm_days: days after which a statement confirms itself.
        confirm_reminders: days before that at which the admins are reminded, longest first.
        appeal_review_days: working days until an appeal review is late.
        invoice_minimum: the smallest invoice, minor units of the settlement currency.
        unpayable_countries: countries (ISO 3166) whose banks the platform's providers pay to in no case. Whether a person
            or a bank is on a sanctions list is the provider's answer.
        self_billed_prefix: how the numbers of invoices begin that the platform writes; no others may.
        invoice_review_days: working days until an invoice review is late.
        payment_days: days from a valid invoice to its payment.
        payout_weekday: the day of the week on which payouts leave; Monday is 0.
        payout_approval_above: minor units above which a finance approver must agree.
        payout_retry: the retries after a transient failure.
        sending_limit: after this long without an answer the outcome of a payment is unknown.
        unknown_ask: how often the provider is asked about an unknown outcome.
        unknown_escalate: after this long an unknown outcome goes to a finance approver.
        provider_visibility: for this long after sending, "not found" at the provider is no answer.
        transit_days: working days a bank takes; after them the provider is asked daily.
        return_watch_days: days for which a paid payout is watched for its return.
        allowed_by_hand: actions that may be given in Temporal by hand, by whoever may write there.
        run_days: after so many days a workflow goes on in a new run, when nothing is under way.
        longest_retry: a step outside that fails is tried again at least this often.
        most_organizations: how many organizations one person may found.
        most_games: how many games an organization may register; its workflow carries them all.
        most_members: how many people may belong to an organization or be invited to it.
        most_api_keys: how many API keys of an organization may be good at once.
        most_invitations_a_day: how many invitations an organization, or one person for all theirs, may send in a day.
        most_invitations_to_one: how many invitations one address may be sent in a day, by whomever.
        most_files: how many files an organization may keep.
        most_memberships: how many organizations one person may join by invitations.
        most_comparisons: how many comparisons an organization may keep.
        since: programme time since which an organization goes by this policy; ``None`` for the installation's own.
        earlier: those that it went by before, the newest first, as far as something still runs by them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "default"
    version: int = 1
    clock: ProgrammeClock = ProgrammeClock()
    pay_out_opens: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    settlement_currency: str = "USD"
    decided_by: Mapping[Desk, Decider] = Field(default={}, exclude_if=lambda value: not value)

    verification_review_days: int = 3
    information_days: int = 14
    information_reminders: tuple[int, ...] = (7, 2)
    expiry_warnings: tuple[int, ...] = (30, 14, 7)
    document_min_validity_days: int = 30
    proof_of_address_max_age_days: int = 183
    qualification_review_days: int = 3
    contract_review_days: int = 2
    integration_run_limit: timedelta = DAY
    launch_review_days: int = 3
    account_check_days: int = 3
    cooling_off_days: int = 3
    ask_again: timedelta = DAY

    bean_price_micros: int = 10_000
    iaa_cycles: tuple[SettlementCycle, ...] = (
        SettlementCycle(first_day=1, delivered_day=1),
        SettlementCycle(first_day=16, delivered_day=15),
    )
    iap_cycles: tuple[SettlementCycle, ...] = (SettlementCycle(first_day=1, delivered_day=15),)
    settlement_time_zone: TimeZone = "UTC"
    largest_ad_day_micros: int = Field(default=10**12, gt=0)
    settlement_window: timedelta = 100 * DAY
    withholding: Withholding = Withholding()

    confirm_days: int = 28
    confirm_reminders: tuple[int, ...] = (14, 7, 2)
    appeal_review_days: int = 5

    invoice_minimum: int = 10_000
    unpayable_countries: tuple[CountryCode, ...] = ("CU", "IR", "KP")
    self_billed_prefix: str = "SB-"
    invoice_review_days: int = 3
    payment_days: int = 15
    payout_weekday: int = 4
    payout_approval_above: int = 5_000_000
    payout_retry: RetrySchedule = RetrySchedule(
        first=timedelta(seconds=5), longest=timedelta(minutes=5), fast=10, slow=HOUR
    )
    sending_limit: timedelta = timedelta(minutes=10)
    unknown_ask: RetrySchedule = RetrySchedule(
        first=timedelta(seconds=10), longest=HOUR, fast=9, slow=HOUR, jitter=0
    )
    unknown_escalate: timedelta = DAY
    provider_visibility: timedelta = timedelta(minutes=10)
    transit_days: int = 5
    return_watch_days: int = 90

    allowed_by_hand: tuple[str, ...] = ("payout.cancel",)
    run_days: int = 30
    longest_retry: timedelta = timedelta(minutes=5)

    most_organizations: int = Field(default=100, gt=0)
    most_games: int = Field(default=500, gt=0)
    most_members: int = Field(default=200, gt=0)
    most_api_keys: int = Field(default=50, gt=0)
    most_invitations_a_day: int = Field(default=50, gt=0)
    most_invitations_to_one: int = Field(default=3, gt=0)
    most_files: int = Field(default=5000, gt=0)
    most_memberships: int = Field(default=200, gt=0)
    most_comparisons: int = Field(default=2000, gt=0)
    file_limit_bytes: int = Field(default=10 * 1024 * 1024, description="largest upload")
    image_min_pixels: int = Field(default=480, description="smallest width and height of an uploaded image")

    since: datetime | None = None
    earlier: tuple["Policy", ...] = ()

    def __hash__(self) -> int:
        """By all that can be hashed; policies that differ in who decides alone are told apart by comparing them."""
        return hash(tuple(value for name, value in self.__dict__.items() if name != "decided_by"))

    def decider(self, desk: Desk) -> Decider:
        """Who decides what comes to a desk."""
        return self.decided_by.get(desk, Decider.PROVIDER)

    @property
    def day(self) -> timedelta:
        """How long a day of the programme takes in reality."""
        return self.clock.real_delay(DAY)

    @property
    def identity(self) -> str:
        """Names these very numbers, whoever goes by them since when: ``default-1-`` and a digest."""
        numbers = json.dumps(self.model_dump(mode="json", exclude={"since", "earlier"}), sort_keys=True)
        return f"{self.name}-{self.version}-{hashlib.sha256(numbers.encode()).hexdigest()[:12]}"

    def settled_by(self, installation: "Policy") -> "Policy":
        """The same with the numbers of an installation by which it settles."""
        return self.model_copy(update={name: getattr(installation, name) for name in SETTLEMENT})

    def at(self, moment: datetime) -> "Policy":
        """What the organization went by at a moment: a deadline that runs keeps the date that it began with."""
        every = (self, *self.earlier)
        return next((policy for policy in every if policy.since is None or policy.since <= moment), every[-1])

    def kept_for(self, moments: Iterable[datetime]) -> "Policy":
        """The same with those earlier policies only that were gone by at one of some moments."""
        needed = {self.at(moment).since for moment in moments}
        return self.model_copy(update={"earlier": tuple(p for p in self.earlier if p.since in needed)})


@cache
def default_policy() -> Policy:
    """The published numbers, in real time, and who decides in this programme."""
    return Policy(decided_by=DECIDED_BY)


def fast_policy(anchor: datetime, seconds_per_day: float = 1.0) -> Policy:
    """The published numbers with a day lasting a second, for the demo and for tests.

    Only spans far below a day are lengthened, because they would vanish.
    """
    return Policy(
        name="fast",
        decided_by=DECIDED_BY,
        clock=ProgrammeClock(anchor=anchor, seconds_per_day=seconds_per_day),
        payout_retry=RetrySchedule(first=6 * HOUR, longest=2 * DAY, fast=10, slow=2 * DAY),
        unknown_ask=RetrySchedule(first=12 * HOUR, longest=2 * DAY, fast=4, slow=2 * DAY, jitter=0),
        unknown_escalate=20 * DAY,
        sending_limit=30 * DAY,
        provider_visibility=DAY,
        integration_run_limit=30 * DAY,
        run_days=90,
        longest_retry=3 * DAY,
    )
