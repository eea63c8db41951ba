"""The platform's own invoices are numbered as they are recorded, without gaps, whoever asks at once."""

from datetime import date

from sqlmodel import select

from models.documents import Invoice
from models.money import Money
from models.states import InvoiceState
from models.tables import InvoiceRow
from storage.organizations.decisions import record
from tests.storage.studio import ADS_EARLY, ADS_LATE, JANUARY, NOON, POLICY, Studio


def statements(studio: Studio) -> list[str]:
    """Three of them, to be invoiced."""
    studio.live("racer")
    studio.earn(
        studio.ad_day(5_000_000, date(2026, 1, 5)),
        studio.ad_day(5_000_000, date(2026, 1, 20)),
        studio.order(500, date(2026, 1, 5)),
    )
    periods = (ADS_EARLY, ADS_LATE, JANUARY)
    return [f"statement/{issued.statement_id}" for period in periods for issued in studio.settle(period)]


def invoice(studio: Studio, name: str, statement: str, number: str, *, self_billed: bool = True) -> Invoice:
    return Invoice(
        id=f"invoice/{name}-{studio.id}", state=InvoiceState.UNDER_REVIEW, since=NOON, number=number, dated=date(2026, 1, 1),
        total=Money(amount=5), statement_ids=[statement], self_billed=self_billed, submission_id="sub_1",
    )  # fmt: skip


def numbers(studio: Studio) -> set[str]:
    with studio.database.reading() as session:
        return set(session.exec(select(InvoiceRow.number).where(InvoiceRow.organization_id == studio.id)))


def test_each_invoice_of_the_platform_gets_the_next_number_as_it_is_recorded(studio: Studio) -> None:
    first, second, third = statements(studio)
    wanted = [
        (invoice(studio, "a", first, "SB-?"), ["SB-000001"]),
        (invoice(studio, "own", second, "R-7", self_billed=False), []),
        (invoice(studio, "b", third, "SB-?"), ["SB-000002"]),
    ]
    for document, told in wanted:
        done = record(studio.database, studio.id, [studio.transition(document, "invoice.submit")], POLICY)
        assert done.refusal is None
        assert [own.number for own in done.before if isinstance(own, Invoice)] == told, (
            "the workflow learns it"
        )
    assert numbers(studio) == {"SB-000001", "R-7", "SB-000002"}


def test_a_number_is_given_once_when_the_same_is_recorded_again(studio: Studio) -> None:
    same = studio.transition(invoice(studio, "a", statements(studio)[0], "SB-?"), "invoice.submit")
    first = record(studio.database, studio.id, [same.model_copy(deep=True)], POLICY)
    again = record(studio.database, studio.id, [same], POLICY)
    assert [document.model_dump() for document in again.before] == [d.model_dump() for d in first.before]
    assert numbers(studio) == {"SB-000001"}
