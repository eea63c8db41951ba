"""Whether the process is up, whether it can work, how it does, and who is asking."""

from datetime import datetime
from typing import Literal

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from api.http.problems import Unavailable, documented
from api.http.routing import READ
from api.installation import CurrentInstallation, Installation
from api.queues import HEALTH_THREADS
from api.security.identity import SignedIn
from api.security.turns import OWN_TURN
from models.tables import OrganizationRow
from storage.people.roles import organizations_of, roles_of, staff_roles
from words.voice import Sentence

router = APIRouter(tags=["service"])


class Membership(BaseModel):
    """An organization that you belong to."""

    id: str
    name: str
    role: Literal["admin", "member"]


class Me(BaseModel):
    """Who you are here."""

    subject: str
    name: str
    email: str | None
    organizations: list[Membership]
    staff_roles: list[str]


class Health(BaseModel):
    """That the process is up, and what day it is in the programme."""

    status: Literal["ok"] = "ok"
    programme_time: datetime


class Readiness(BaseModel):
    """What the process needs, and whether it is there.

    Attributes:
        status: ``degraded`` while there are workflows that get nowhere: for their organizations nothing goes on, for
            all others it does, so that the process is ready.
        failing_workflows: how many those are, at most half a minute ago; null where Temporal did not say in time.
    """

    status: Literal["ok", "degraded"] = "ok"
    database: bool
    temporal: bool
    worker: bool
    failing_workflows: int | None = None


@router.get("/healthz")
async def healthz(installation: CurrentInstallation) -> Health:
    """Whether the process is up."""
    return Health(programme_time=installation.now())


@router.get("/readyz", responses=documented(503))
async def readyz(installation: CurrentInstallation) -> Readiness:
    """Whether the database and Temporal can be reached, and a worker takes the work; reading needs the database alone."""
    temporal = await installation.workflow_client.is_reachable()
    failing = await installation.workflow_client.how_many_fail() if temporal else None
    ready = Readiness(
        status="degraded" if failing else "ok",
        database=await to_thread.run_sync(database_answers, installation, limiter=HEALTH_THREADS),
        temporal=temporal,
        worker=temporal and await installation.workflow_client.has_worker(),
        failing_workflows=failing,
    )
    away = [name for name in ("database", "temporal") if not getattr(ready, name)]
    if away:
        raise Unavailable("not_ready", Sentence("Not reachable: {what}.", what=", ".join(away)))
    if not ready.worker:
        raise Unavailable(
            "not_ready",
            Sentence("No worker asks for work: commands are not carried out. Start one, or look at its log."),
        )
    return ready


def database_answers(installation: Installation) -> bool:
    """Whether the database is there, with its tables."""
    try:
        with installation.database.reading() as session:
            session.exec(select(OrganizationRow.id).limit(1)).first()
    except SQLAlchemyError:
        return False
    return True


@router.get("/metrics", response_class=PlainTextResponse)
async def measures(installation: CurrentInstallation) -> str:
    """Counters for Prometheus."""
    return installation.request_metrics.text()


@router.get("/v1/me", responses=READ, dependencies=[OWN_TURN])
def me(person: SignedIn, installation: CurrentInstallation) -> Me:
    """Who you are: your organizations, and your roles for the platform. An API key is told of its organization only."""
    key = person.key
    with installation.database.reading() as session:
        their = roles_of(session, person.subject)
        organizations = [
            Membership.model_validate({"id": row.id, "name": row.name, "role": their[row.id]})
            for row in organizations_of(session, person.subject)
            if key is None or row.id == key.organization_id
        ]
        roles = [] if key else sorted(staff_roles(session, person.subject))
    return Me(
        subject=person.subject,
        name=person.name,
        email=person.email,
        organizations=organizations,
        staff_roles=roles,
    )
