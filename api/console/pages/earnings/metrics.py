"""Metrics: what games earn, before anything is settled, and how it has changed."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from api.console.figures.metrics_table import PRESETS, USUAL, Figures, days_before, preset
from api.console.page import OfOrganization
from api.console.pages.earnings.revenue import Column, Day, Game, Order, day, query_of
from api.http.problems import Problem
from api.services.earnings.game_metrics import Question, measure, show_days, show_metrics
from models.programme.policy import Policy
from storage.organizations import queries

router = APIRouter(prefix="/organizations/{organization_id}/revenue/metrics", include_in_schema=False)


@dataclass(frozen=True)
class Chosen:
    """What stands in the address of the page.

    Attributes:
        days: as many up to today, instead of ``start`` and ``end``.
        region: a country.
        by: what the rows are about.
    """

    start: str
    end: str
    days: str
    game: str
    region: str
    placement: str
    by: str
    sort: str
    order: str

    @property
    def preset(self) -> int | None:
        """How many days up to today are asked for; ``None`` where others are."""
        return None if day(self.start) or day(self.end) else int(self.days or USUAL)

    @property
    def filters(self) -> dict[str, str]:
        """What is chosen besides the days and the order."""
        return {"game": self.game, "region": self.region.upper(), "placement": self.placement, "by": self.by}

    @property
    def address(self) -> dict[str, str]:
        """All that is chosen but the order."""
        days = {"days": str(self.preset)} if self.preset else {"start": self.start, "end": self.end}
        return days | self.filters

    @property
    def download(self) -> str:
        """The same as the API asks for it."""
        names = {"game": "game_id", "by": "group_by"}
        return query_of({names.get(name, name): value for name, value in self.filters.items()})

    def question(self, today: date) -> Question:
        """What is asked for."""
        first, last = preset(self.preset, today) if self.preset else (day(self.start), day(self.end))
        region, placement = self.region.upper() or None, self.placement or None
        return Question(first, last, self.game or None, region, placement, [self.by])


async def choose(
    start: Day = "",
    end: Day = "",
    days: Annotated[str, Query(pattern=r"^(7|28|90)?$")] = "",
    game: Game = "",
    region: Annotated[str, Query(pattern=r"^([A-Za-z]{2})?$")] = "",
    placement: Annotated[str, Query(max_length=100)] = "",
    by: Annotated[str, Query(pattern=r"^(day|game|region|placement)$")] = "day",
    sort: Column = "",
    order: Order = "desc",
) -> Chosen:
    """What the address says."""
    return Chosen(start, end, days, game, region, placement, by, sort, order)


Choice = Annotated[Chosen, Depends(choose)]


@router.get("")
def metrics(page: OfOrganization, chosen: Choice) -> HTMLResponse:
    """What games earn, before anything is settled, and what the same number of days before came to."""
    today = page.installation.now().date()
    with page.reading() as session:
        games = queries.game_names(session, page.reader.organization_id)
        problem, figures = None, None
        try:
            question = chosen.question(today)
            figures = find(
                session, page.reader.organization_id, question, today, page.installation.policy, games
            )
        except Problem as found:
            problem = found
        descending = chosen.order == "desc"
        return replace(page, problem=problem).show(
            session,
            "earnings/metrics.html",
            figures=figures,
            sorting=figures and figures.sorting(chosen.sort, descending, chosen.address),
            presets=PRESETS,
            chosen=chosen,
            others=query_of(chosen.filters),
            games=games,
        )


def find(
    session: Session,
    organization_id: str,
    question: Question,
    today: date,
    policy: Policy,
    games: dict[str, str],
) -> Figures:
    """The figures of an organization; 422 if they are too many."""
    measured = measure(session, organization_id, question, today)
    view = show_metrics(measured, policy)
    before = days_before(view.start, view.end)
    total = show_days(session, measured, *before, policy)
    return Figures(view, question.group_by[0], games, before, total)
