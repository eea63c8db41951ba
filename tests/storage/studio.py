"""An organization for tests of storage: documents are put where a test needs them, by recorded transitions."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from lifecycle.machines import RULES
from models.commands import PIPELINE, Actor, Refusal, Role, Transition
from models.documents import AnyDocument, Contract, Feature, Launch, Stream, Verification
from models.earnings import REDEEMED, REFUNDED, AdDay, OrderEvent
from models.identity import new_id
from models.mail.topics import Topic
from models.programme.policy import Policy
from models.states import ContractState, LaunchState, VerificationState
from models.tables import DocumentRow, MemberRow, OrganizationRow, StatementLineRow, StatementRow
from models.wire.steps import Period
from storage.database import Database
from storage.earnings.reports import import_ad_days, import_orders
from storage.organizations.decisions import create_organization, record
from storage.people.roles import add_staff
from storage.settlement.batches import IssuedStatement, issue_statements

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MUCH_LATER = datetime(2100, 1, 1, tzinfo=UTC)
POLICY = Policy()
JANUARY = Period(
    stream=Stream.IAP_NON_SUBSCRIPTION,
    start=date(2026, 1, 1),
    end=date(2026, 1, 31),
    delivered_on=date(2026, 2, 15),
)
FEBRUARY = JANUARY.model_copy(
    update={"start": date(2026, 2, 1), "end": date(2026, 2, 28), "delivered_on": date(2026, 3, 15)}
)
ADS_EARLY = Period(
    stream=Stream.IAA, start=date(2026, 1, 1), end=date(2026, 1, 15), delivered_on=date(2026, 2, 1)
)
ADS_LATE = ADS_EARLY.model_copy(
    update={"start": date(2026, 1, 16), "end": date(2026, 1, 31), "delivered_on": date(2026, 2, 15)}
)

numbers = count(1)


class Studio:
    """An organization with an admin and a plain member, and the platform's staff around it."""

    def __init__(self, database: Database, name: str = "Tiny Games") -> None:
        self.database = database
        self.known: set[tuple[str, str]] = set()
        self.id = new_id("org")
        self.admin = Actor(role=Role.ADMIN, id=f"{self.id}-ada")
        self.member = Actor(role=Role.ADMIN, id=f"{self.id}-max")
        self.operator = Actor(role=Role.OPERATOR, id="olga")
        with database.transaction() as session:
            founder = MemberRow(
                organization_id=self.id,
                subject=self.admin.id,
                role="admin",
                name="Ada",
                email="ada@tiny.example",
            )
            create_organization(session, self.id, name, founder, NOON, Policy())
            session.add(MemberRow(organization_id=self.id, subject=self.member.id, role="member", name="Max"))
            add_staff(session, self.operator.id, "operator", "Olga")

    def transition(
        self,
        document: AnyDocument,
        action: str,
        actor: Actor = PIPELINE,
        at: datetime = NOON,
        command_id: str | None = None,
        message: str = "",
        index: int = 0,
        topic: Topic = Topic.YOUR_TURN,
    ) -> Transition:
        """The transition that brings a document to where it stands, from wherever it was."""
        with self.database.reading() as session:
            row = session.get(DocumentRow, (self.id, document.id))
        moved = document.model_copy(update={"revision": (row.revision if row else 0) + 1, "since": at})
        machine, _, event = action.partition(".")
        rules = [rule for rule in RULES.get((machine, event), ()) if rule.target == document.state]
        return Transition(
            command_id=command_id or f"command/{next(numbers)}",
            index=index,
            action=action,
            actor=actor,
            from_state=row.state if row else None,
            at=at,
            document=moved,
            message=message,
            topic=topic,
            webhook_type=rules[0].webhook_type if rules else None,
        )

    def put(self, document: AnyDocument, action: str, **how: Any) -> Refusal | None:
        """Record that a document stands somewhere now."""
        return record(self.database, self.id, [self.transition(document, action, **how)], POLICY).refusal

    def verified_in(self, country: str) -> None:
        verification = Verification(
            id="verification", state=VerificationState.VERIFIED, since=NOON, country=country
        )
        self.put(verification, "verification.verify")

    def contract(
        self, feature: Feature, at: datetime = NOON, state: str = "active", version: int = 1
    ) -> None:
        document = Contract(
            id=f"contract/{feature}", state=ContractState(state), since=at, feature=feature, version=version
        )
        self.put(document, "contract.activate", at=at)

    def game(self, game_id: str, at: datetime = NOON, state: str = "live") -> None:
        document = Launch(
            id=f"launch/{game_id}", state=LaunchState(state), since=at, game_id=game_id, launched_at=at
        )
        self.put(document, f"launch.{state}", at=at)

    def live(self, *game_ids: str, country: str = "GB") -> "Studio":
        """Verified, under both contracts, with games that have been live since 1 January."""
        self.verified_in(country)
        for feature in Feature:
            self.contract(feature)
        for game_id in game_ids:
            self.game(game_id)
        return self

    def order(self, beans: int, day: date, game_id: str = "racer", **other: Any) -> OrderEvent:
        """An order of a Briton at noon, unless something else is said."""
        number = next(numbers)
        self.know(str(other.get("organization_id", self.id)), game_id)
        return OrderEvent(
            **{
                "event_id": f"event-{number}",
                "type": REDEEMED,
                "organization_id": self.id,
                "game_id": game_id,
                "order_id": f"order-{number}",
                "product": "one_time",
                "beans": beans,
                "user_id": "user-1",
                "region": "GB",
                "at": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                **other,
            }
        )

    def refund(self, order: OrderEvent, beans: int, day: date) -> OrderEvent:
        at = datetime(day.year, day.month, day.day, 13, tzinfo=UTC)
        news = {"event_id": f"event-{next(numbers)}", "type": REFUNDED, "refund_amount": beans, "at": at}
        return order.model_copy(update=news)

    def ad_day(self, micros: int, day: date, game_id: str = "racer", **other: Any) -> AdDay:
        self.know(str(other.get("organization_id", self.id)), game_id)
        return AdDay(
            **{
                "report_id": f"report-{next(numbers)}",
                "revision": 1,
                "organization_id": self.id,
                "game_id": game_id,
                "placement": "rewarded",
                "region": "GB",
                "day": day,
                "requests": 1_200,
                "impressions": 1_000,
                "clicks": 20,
                "revenue_micros": micros,
                **other,
            }
        )

    def earn(self, *reports: OrderEvent | AdDay) -> int:
        """Import what was reported; returns how much of it was news."""
        orders = [report for report in reports if isinstance(report, OrderEvent)]
        days = [report for report in reports if isinstance(report, AdDay)]
        return (
            import_orders(self.database, orders, MUCH_LATER, POLICY).accepted
            + import_ad_days(self.database, days, MUCH_LATER).accepted
        )

    def know(self, organization_id: str, game_id: str) -> None:
        """Let an organization have a game, of which nothing else is said: it is registered, not released."""
        key = (organization_id, f"launch/{game_id}")
        if key in self.known:
            return
        self.known.add(key)
        with self.database.transaction() as session:
            if session.get(OrganizationRow, organization_id) and not session.get(DocumentRow, key):
                document = Launch(id=key[1], state=LaunchState.NOT_SUBMITTED, since=NOON, game_id=game_id)
                session.add(
                    DocumentRow(
                        organization_id=organization_id,
                        id=document.id,
                        machine=document.machine,
                        state=document.state,
                        since=NOON,
                        revision=0,
                        facts=document.model_dump(mode="json"),
                    )
                )

    def settle(self, period: Period, policy: Policy = POLICY) -> list[IssuedStatement]:
        now = datetime.combine(period.delivered_on, datetime.min.time(), UTC) + timedelta(hours=6)
        return issue_statements(self.database, period, [self.id], policy, now)

    def statement(self, statement_id: str) -> StatementRow:
        with self.database.reading() as session:
            return session.get_one(StatementRow, statement_id)

    def lines(self, statement_id: str) -> list[StatementLineRow]:
        query = select(StatementLineRow).where(StatementLineRow.statement_id == statement_id)
        with self.database.reading() as session:
            return list(session.exec(query.order_by(col(StatementLineRow.position))))

    def count(self, table: str) -> int:
        with self.database.reading() as session:
            return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
