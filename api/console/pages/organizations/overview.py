"""Overview: what to do next, where each step stands, and what has happened."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.console.page import OfOrganization
from api.console.prerequisites import unmet_prerequisites
from api.services.organization_snapshot import active_dossier
from api.services.organizations.organizations import show_organization, show_timeline
from lifecycle.machines import MACHINES
from lifecycle.pipeline import STEPS
from models.commands import Role
from models.documents import Launch
from models.states import LaunchState
from storage.organizations import queries

router = APIRouter(prefix="/organizations/{organization_id}", include_in_schema=False)

ORDER = list(MACHINES)
LATEST = 10
PAGE = 50


@router.get("")
def overview(page: OfOrganization) -> HTMLResponse:
    """The first page of an organization."""
    with page.snapshot() as snapshot:
        organization = show_organization(snapshot)
        mine = [item for item in organization.blockers if item.who is Role.ADMIN and item.actions]
        launches = snapshot.dossier.of(Launch)
        steps = sorted(organization.documents, key=lambda one: (ORDER.index(one.machine), one.document_id))
        return page.show(
            snapshot.session,
            "organizations/overview.html",
            view=organization,
            steps=steps,
            unmet_prerequisites={
                step.document_id: unmet_prerequisites(
                    snapshot, STEPS[step.machine].begins_with, step.document_id
                )
                for step in steps
                if STEPS[step.machine].begins_with
            },
            mine=mine,
            others=[item for item in organization.blockers if item not in mine],
            latest=show_timeline(snapshot.session, page.reader, LATEST),
            names=queries.game_names(snapshot.session, snapshot.organization_id),
            games=len(launches),
            live=sum(launch.state == LaunchState.LIVE for launch in launches),
        )


@router.get("/activity")
def activity(
    page: OfOrganization,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    document: Annotated[str, Query(pattern=r"^([a-z_]+(/[0-9A-Za-z_]+){0,2})?$", max_length=200)] = "",
) -> HTMLResponse:
    """Everything that has happened, the newest first; of one document, if it is named."""
    organization_id = page.reader.organization_id
    with page.reading() as session:
        dossier = active_dossier(session, organization_id, [document] if document else [])
        return page.show(
            session,
            "organizations/activity.html",
            events=show_timeline(session, page.reader, PAGE, int(after) if after else None, document or None),
            names=queries.game_names(session, organization_id),
            documents=sorted(dossier.documents.values(), key=lambda one: (ORDER.index(one.machine), one.id)),
            chosen=document,
        )
