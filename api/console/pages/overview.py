"""Overview: what to do next, where each step stands, and what has happened."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.console.page import OrganizationPage
from api.console.prerequisites import locks
from api.routes.organizations.organizations import show_organization, show_timeline
from api.services.organization_snapshot import moving
from lifecycle.machines import MACHINES
from lifecycle.pipeline import STEPS
from models.commands import Role
from models.documents import Release
from models.states import ReleaseState
from storage.organizations import queries

router = APIRouter(prefix="/organizations/{organization_id}", include_in_schema=False)

ORDER = list(MACHINES)
LATEST = 10
PAGE = 50


@router.get("")
def overview(page: OrganizationPage) -> HTMLResponse:
    """The first page of an organization."""
    assert page.reader is not None
    with page.reading() as (session, standing):
        organization = show_organization(session, page.reader, standing)
        latest = show_timeline(session, page.reader, LATEST)
        names = queries.game_names(session, page.reader.organization_id)
    mine = [item for item in organization.blockers if item.who is Role.ADMIN and item.actions]
    others = [item for item in organization.blockers if item not in mine]
    releases = standing.dossier.of(Release)
    steps = sorted(organization.documents, key=lambda each: (ORDER.index(each.machine), each.document_id))
    return page.show(
        "organization/overview.html",
        view=organization,
        steps=steps,
        locks={
            step.document_id: locks(standing, STEPS[step.machine].begins_with, step.document_id)
            for step in steps
            if STEPS[step.machine].begins_with
        },
        mine=mine,
        others=others,
        latest=latest,
        names=names,
        games=len(releases),
        released=sum(release.state == ReleaseState.RELEASED for release in releases),
    )


@router.get("/activity")
def activity(
    page: OrganizationPage,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    document: Annotated[str, Query(pattern=r"^([a-z_]+(/[0-9A-Za-z_]+){0,2})?$", max_length=200)] = "",
) -> HTMLResponse:
    """Everything that has happened, the newest first; of one document, if it is named."""
    assert page.reader is not None
    organization_id = page.reader.organization_id
    with page.here.database.reading() as session:
        events = show_timeline(session, page.reader, PAGE, int(after) if after else None, document or None)
        names = queries.game_names(session, organization_id)
        dossier = moving(session, organization_id, [document] if document else [])
    documents = sorted(dossier.documents.values(), key=lambda one: (ORDER.index(one.machine), one.id))
    return page.show(
        "organization/activity.html", events=events, names=names, documents=documents, chosen=document
    )
