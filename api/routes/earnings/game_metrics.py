"""Metrics: what the games earn, before anything is settled."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.http.attachments import CSV, attachment, file_of
from api.http.routing import READ, organization_router
from api.installation import CurrentInstallation
from api.security.organization_access import Reading
from api.services.earnings.game_metrics import (
    GROUP_PATTERN,
    Measured,
    MetricsView,
    Question,
    as_table,
    measure,
    show_metrics,
)
from papers.csv import csv_file

router: APIRouter = organization_router("metrics")


def measure_for(
    reader: Reading,
    installation: CurrentInstallation,
    start: Annotated[
        date | None, Query(description="the first day; by default 30 days before the last")
    ] = None,
    end: Annotated[date | None, Query(description="the last day; by default today (programme time)")] = None,
    game_id: Annotated[str | None, Query(pattern=r"^game_[0-9A-Za-z]{1,40}$")] = None,
    region: Annotated[str | None, Query(pattern=r"^[A-Z]{2}$", description="the users' country")] = None,
    placement: Annotated[str | None, Query(min_length=1, max_length=100, pattern=r"^[^\x00]*$")] = None,
    group_by: Annotated[
        str, Query(pattern=GROUP_PATTERN, description="some of `day,game,region,placement`")
    ] = "day,game",
) -> Measured:
    """The metrics that a request asks for; 422 if they are too many."""
    question = Question(start, end, game_id, region, placement, group_by.split(","))
    with installation.database.reading() as session:
        return measure(session, reader.organization_id, question, installation.now().date())


Found = Annotated[Measured, Depends(measure_for)]


@router.get("/metrics", responses=READ)
def read_metrics(measured: Found, installation: CurrentInstallation) -> MetricsView:
    """What the organization's games earned, by default by day and game, and altogether; play money is left out."""
    return show_metrics(measured, installation.policy)


@router.get("/metrics.csv", **file_of(CSV))
def download_metrics(measured: Found, installation: CurrentInstallation) -> Response:
    """The same groups as a table; amounts are plain decimals in the currency beside them."""
    name = f"metrics-{measured.wanted.start}-{measured.wanted.end}"
    return attachment(csv_file(as_table(name, measured, installation.policy)), CSV, f"{name}.csv")
