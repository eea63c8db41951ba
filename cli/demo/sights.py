"""What is worth looking at once the demo has played: three pages of the console, and one of Temporal's."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from cli.demo.organizations import BOOMERANG, ROCKY_ROAD, SECOND_TRY
from cli.demo.people import OLGA
from cli.demo.report import Report
from config.settings import Settings
from models.identity import organization_workflow_id
from models.mail.console_pages import page_path


def worth_seeing(settings: Settings, reports: Sequence[Report]) -> Iterator[str]:
    """Lines that name each place, why it is worth a look, and as whom to sign in."""
    by_play: Mapping[str, Report] = {report.play: report for report in reports}
    rocky, second = by_play[ROCKY_ROAD.play], by_play[SECOND_TRY.play]
    payout = next(iter(rocky.payouts), None)
    statement = next((one for one in second.statements if one.replaces), None)
    yield "Worth a look:"
    if payout:
        yield f"  A bank closed the account, and the payout was sent again (sign in as {ROCKY_ROAD.admin.subject}):"
        yield f"    {page(settings, rocky, payout.document_id)}"
    if statement:
        yield f"  A statement that was appealed and issued anew, down to each order ({SECOND_TRY.admin.subject}):"
        yield f"    {page(settings, second, statement.document_id)}"
    yield f"  The queue in which the platform's staff decide ({OLGA.subject}):"
    yield f"    {settings.api_url}/operators"
    workflow = quote(organization_workflow_id(by_play[BOOMERANG.play].organization_id), safe="")
    yield "  In Temporal, an organization whose payment came back: its timeline, and its own page under User Metadata:"
    yield f"    {settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows/{workflow}"


def page(settings: Settings, report: Report, document_id: str) -> str:
    """The console's page of an organization's document."""
    return page_path(f"{settings.api_url}/organizations/{report.organization_id}", document_id)
