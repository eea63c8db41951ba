"""Overview: the money, what to do next, how far the setup is, and what has happened."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.console.money_overview import money_of
from api.console.page import OfOrganization
from api.console.setup_checklist import setup_of
from api.services.organization_snapshot import active_dossier
from api.services.organizations.organizations import show_organization
from api.services.organizations.timeline import show_timeline
from lifecycle.machines import MACHINES
from models.commands import Role
from storage.organizations import queries

router = APIRouter(prefix="/organizations/{organization_id}", include_in_schema=False)

ORDER = list(MACHINES)
LATEST = 5
PAGE = 50


@router.get("")
def overview(page: OfOrganization) -> HTMLResponse:
    """The first page of an organization."""
    with page.snapshot() as snapshot:
        organization = show_organization(snapshot)
        names = queries.game_names(snapshot.session, snapshot.organization_id)
        turn = [item for item in organization.blockers if item.who is Role.ADMIN]
        return page.show(
            snapshot.session,
            "organizations/overview.html",
            view=organization,
            money=money_of(snapshot),
            setup=setup_of(snapshot),
            mine=[item for item in turn if item.actions],
            not_yet=[item for item in turn if not item.actions and item.money],
            others=[item for item in organization.blockers if item.who is not Role.ADMIN],
            latest=show_timeline(snapshot.session, page.reader, LATEST, voice=page.voice, games=names),
            names=names,
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
        names = queries.game_names(session, organization_id)
        after_id = int(after) if after else None
        return page.show(
            session,
            "organizations/activity.html",
            events=show_timeline(session, page.reader, PAGE, after_id, document or None, page.voice, names),
            names=names,
            documents=sorted(dossier.documents.values(), key=lambda one: (ORDER.index(one.machine), one.id)),
            chosen=document,
        )
