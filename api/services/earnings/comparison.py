"""Comparisons: an organization's own records of orders beside the platform's."""

import hashlib
from datetime import date, datetime
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, StringConstraints, ValidationError
from sqlmodel import Session

from api.http.bodies import Body, Day
from api.http.idempotency import IdempotentRequest
from api.http.problems import FieldProblem, Problem, not_found
from api.installation import Installation
from api.security.organization_access import OrganizationAdmin
from api.services.ceilings import ceiling_as_problem
from api.services.earnings.order_records import read_own_records
from api.services.organizations.files import clean_name
from api.services.views import Paged
from models.comparison import DifferenceKind, OwnRecord
from models.documents import Statement, Stream
from models.identity import new_id
from models.states import StatementState
from models.tables import ComparisonRow, DifferenceRow, FileRow, StatementRow, real_now
from papers.comparison import DifferencePaper, comparison_csv
from storage.earnings import own_records as comparing
from storage.organizations import queries
from storage.organizations.ceilings import add_upload, refuse_more_comparisons, refuse_more_files
from words.voice import Sentence

MOST_DAYS = 400
MOST_PLATFORM_ORDERS = 300_000
"""How many orders and refunds of the platform's are compared at once."""


class Scope(Body):
    """What the file is compared with: a statement, or the days from one to another, both included."""

    statement_id: Annotated[str, StringConstraints(pattern=r"^st_[0-9A-Za-z]{1,40}$")] | None = None
    since: Day | None = None
    until: Day | None = None


class Differing(BaseModel):
    """How many orders differ in one way, and what they come to on either side."""

    count: int
    own_micros: int
    platform_micros: int


class ComparisonView(BaseModel):
    """What came of a comparison.

    Money is in millionths of a US dollar: gross at the base price, purchases less refunds, before the platform's
    share. What the differences come to on both sides explains the difference between the two sums.

    Attributes:
        file_id: your records as they were uploaded.
        statement_id: the statement compared with; otherwise the days `since` to `until`.
        created_at: real time; what is reported or settled later is not in it.
        differences: by kind.
    """

    id: str
    file_id: str
    statement_id: str | None
    since: date | None
    until: date | None
    own_orders: int
    own_micros: int
    platform_orders: int
    platform_micros: int
    differences: dict[DifferenceKind, Differing]
    created_at: datetime


class DifferenceView(BaseModel):
    """One order that differs.

    Attributes:
        row: its row in the file; the header is row 1.
        platform_day: the day on which the platform has its purchase.
        statement_id: the statement that counts it.
    """

    position: int
    kind: DifferenceKind
    order_id: str
    row: int | None
    own_micros: int
    own_refunded_micros: int
    own_day: date | None
    platform_micros: int
    platform_refunded_micros: int
    platform_day: date | None
    statement_id: str | None


class ComparisonDetail(ComparisonView):
    """A comparison, with a part of the orders that differ; go on with `starting_after` and the last position."""

    data: list[DifferenceView]
    has_more: bool


def read_scope(fields: dict[str, Any]) -> Scope:
    """What is to be compared with."""
    try:
        scope = Scope.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from None
    by_days = scope.since is not None and scope.until is not None
    if (scope.statement_id is not None) == by_days or (scope.since is None) != (scope.until is None):
        raise unfit("", "scope", Sentence("Send either statement_id, or both since and until."))
    if scope.since and scope.until and not 0 <= (scope.until - scope.since).days < MOST_DAYS:
        raise unfit(
            "/until",
            "range",
            Sentence(
                "Choose a last day that is on or after the first, and at most {count} days on.",
                count=MOST_DAYS,
            ),
        )
    return scope


async def compare_in_turn(
    installation: Installation,
    admin: OrganizationAdmin,
    request: IdempotentRequest,
    content: bytes,
    name: str,
    scope: Scope,
) -> ComparisonView:
    """Compare, when it is the organization's turn to have a file looked at."""
    queue = installation.queues.strangers_files
    return await queue.run(admin.organization_id, compare, installation, admin, request, content, name, scope)


def compare(
    installation: Installation,
    admin: OrganizationAdmin,
    request: IdempotentRequest,
    content: bytes,
    name: str,
    scope: Scope,
) -> ComparisonView:
    """Read the file, compare it and keep what came of it; a problem leaves no trace."""
    if len(content) > installation.policy.file_limit_bytes:
        raise Problem(
            413,
            "too_large",
            Sentence("A file may have at most {count} bytes.", count=installation.policy.file_limit_bytes),
        )
    with installation.database.reading() as session:
        statement = check_scope(session, admin.organization_id, scope)
    price = (statement and statement.bean_price_micros) or installation.policy.bean_price_micros
    records = read_own_records(content, price)
    row = FileRow(
        id=new_id("file"),
        organization_id=admin.organization_id,
        name=clean_name(name, ".csv"),
        content_type="text/csv",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_by=admin.person.subject,
        created_at=real_now(),
    )
    with installation.database.reading() as session, ceiling_as_problem():
        refuse_more_files(session, row, installation.policy.most_files)
    installation.files.save(content)
    with installation.database.transaction() as session:
        if before := request.begin(session):
            return ComparisonView.model_validate(before)
        with ceiling_as_problem():
            refuse_more_comparisons(session, admin.organization_id, installation.policy.most_comparisons)
            kept = add_upload(session, row, installation.policy.most_files)
        session.flush()
        comparison = ComparisonRow(
            id=new_id("cmp"),
            organization_id=admin.organization_id,
            file_id=kept.id,
            created_by=admin.person.subject,
            created_at=real_now(),
            **scope.model_dump(),
        )
        compare_within_limits(session, comparison, records, price)
        view = ComparisonView.model_validate(comparison, from_attributes=True)
        request.finish(session, 201, view.model_dump(mode="json"))
    return view


def compare_within_limits(
    session: Session, comparison: ComparisonRow, records: list[OwnRecord], price: int
) -> None:
    """Compare, unless the platform has too many orders to do so at once."""
    if comparing.platform_orders(session, comparison, MOST_PLATFORM_ORDERS) > MOST_PLATFORM_ORDERS:
        detail = Sentence(
            "There are more than {count} orders; compare fewer days at once.", count=MOST_PLATFORM_ORDERS
        )
        raise unfit("/since", "too_many_orders", detail)
    comparing.compare(session, comparison, records, price)


def check_scope(session: Session, organization_id: str, scope: Scope) -> StatementRow | None:
    """The statement that is compared with, if one is; refuses those of others, and those that hold no orders."""
    if scope.statement_id is None:
        return None
    row = queries.statement(session, organization_id, scope.statement_id)
    document = queries.document(session, organization_id, f"statement/{scope.statement_id}")
    if row is None or not isinstance(document, Statement):
        raise unfit(
            "/statement_id", "unknown_statement", Sentence("This organization has no such statement.")
        )
    if row.stream == Stream.IAA:
        detail = Sentence("This statement is about ads, which have no orders; take one of purchases.")
        raise unfit("/statement_id", "no_orders", detail)
    if document.state == StatementState.REPLACED:
        detail = Sentence("This statement is void: another took its place, which counts its orders now.")
        raise unfit("/statement_id", "replaced", detail)
    return row


def unfit(pointer: str, code: str, detail: Sentence) -> Problem:
    """A request that cannot be compared."""
    error = FieldProblem(pointer=pointer, code=code, detail=detail)
    return Problem(422, "invalid_request", errors=[error])


def list_comparisons(
    session: Session, organization_id: str, limit: int, after: str | None = None
) -> Paged[ComparisonView]:
    """A page of the organization's comparisons, the newest first."""
    page = comparing.comparisons(session, organization_id, limit, after)
    shown = [ComparisonView.model_validate(row, from_attributes=True) for row in page.data]
    return Paged(data=shown, has_more=page.has_more)


def read_comparison(
    session: Session,
    organization_id: str,
    comparison_id: str,
    limit: int,
    after: int = 0,
    kind: DifferenceKind | None = None,
) -> ComparisonDetail:
    """A comparison and the orders that differ, or those that differ in one way."""
    row = find(session, organization_id, comparison_id)
    page = comparing.differences(session, comparison_id, limit, after, kind)
    view = ComparisonView.model_validate(row, from_attributes=True)
    return ComparisonDetail(**dict(view), data=[show(one) for one in page.data], has_more=page.has_more)


def differences_table(session: Session, organization_id: str, comparison_id: str) -> bytes:
    """All orders that differ, in US dollars, as CSV."""
    find(session, organization_id, comparison_id)
    rows = comparing.differences(session, comparison_id, 2 * MOST_PLATFORM_ORDERS).data
    return comparison_csv(DifferencePaper.model_validate(row, from_attributes=True) for row in rows)


def find(session: Session, organization_id: str, comparison_id: str) -> ComparisonRow:
    """A comparison of the organization; 404 when it has none of that id."""
    row = comparing.comparison_of(session, organization_id, comparison_id)
    if row is None:
        raise not_found(Sentence("This comparison does not exist here."))
    return row


def show(row: DifferenceRow) -> DifferenceView:
    """One order that differs."""
    return DifferenceView.model_validate(row, from_attributes=True)


def check_evidence(session: Session, organization_id: str, comparison_id: str, statement_id: str) -> None:
    """Refuse a comparison as evidence about a statement unless it is of that very statement."""
    row = comparing.comparison_of(session, organization_id, comparison_id)
    if row is None:
        raise unfit(
            "/comparison_id",
            "unknown_comparison",
            Sentence("Compare your records with this statement first."),
        )
    if row.statement_id != statement_id:
        detail = Sentence("This comparison is not with this statement; compare your records with it first.")
        raise unfit("/comparison_id", "other_statement", detail)
