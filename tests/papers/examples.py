"""Invented papers, the same ones each time."""

from datetime import UTC, date, datetime
from typing import Any

from models.documents import Feature, Stream
from models.money import Money
from papers.contract import signed_contract
from papers.invoice import InvoicedStatement, Party, self_billed_invoice
from papers.payouts import PayoutPaper, payouts_csv
from papers.remittance import PaidAccount, remittance_advice
from papers.statement import LinePaper, StatementPaper, statement_csv, statement_pdf, statement_xlsx

PLATFORM = Party(name="Example Mini Games Platform", address="1 Example Street\n00000 Musterstadt")
SELLER = Party(name="Example Games GmbH", address="Beispielweg 1\n00000 Musterstadt", tax_number="••6789")
DIGEST = "0123456789abcdef" * 4

LINES = (
    LinePaper(
        position=1,
        kind="earning",
        game_id="game_1",
        game_name="Example Racer",
        contract_version=1,
        source_count=12_345,
        gross=1_234_567,
        refunds=12_300,
        platform_share=366_680,
        net=855_587,
        gross_micros=12_345_671_234,
        refunds_micros=123_000_000,
        sources_digest=DIGEST,
    ),
    LinePaper(
        position=2,
        kind="carried_forward",
        gross=0,
        net=-1_200,
        note="Carried forward from 2026-01-01 to 2026-01-31",
    ),
    LinePaper(position=3, kind="appeal", gross=0, net=2_500, note="Granted on appeal"),
)


def statement(**other: Any) -> StatementPaper:
    return StatementPaper.model_validate(
        {
            "organization_id": "org_example",
            "organization_name": "Example Games GmbH",
            "issuer": PLATFORM.name,
            "statement_id": "st_example",
            "stream": Stream.IAP_NON_SUBSCRIPTION,
            "period_start": date(2026, 2, 1),
            "period_end": date(2026, 2, 28),
            "time_zone": "UTC",
            "issue": 1,
            "state": "confirmed",
            "meaning": "The statement is confirmed and can be invoiced.",
            "final": False,
            "replaces": None,
            "replaced_by": None,
            "issued_at": datetime(2026, 3, 15, 6, tzinfo=UTC),
            "currency": "USD",
            "gross": 1_234_567,
            "refunds": 12_300,
            "platform_share": 366_680,
            "adjustments": 1_300,
            "tax_withheld": 1_234,
            "tax_basis_points": 3_000,
            "us_source": 4_113,
            "net": 855_653,
            "lines": LINES,
            **other,
        }
    )


def invoiced(count: int = 2) -> list[InvoicedStatement]:
    return [
        InvoicedStatement(
            statement_id=f"st_{number}",
            stream=Stream.IAA,
            period_start=date(2026, 2, 1),
            period_end=date(2026, 2, 15),
            net=Money(amount=123_456 + number),
        )
        for number in range(count)
    ]


def invoice(**other: Any) -> bytes:
    return self_billed_invoice(
        **{
            "number": "SB-000042",
            "dated": date(2026, 3, 20),
            "seller": SELLER,
            "buyer": PLATFORM,
            "statements": invoiced(),
            **other,
        }
    )


def remittance(**other: Any) -> bytes:
    return remittance_advice(
        **{
            "payer": PLATFORM,
            "payee": "Example Games GmbH",
            "invoice_number": "2026-17",
            "invoice_dated": date(2026, 3, 20),
            "reference": "payout/inv_example/2",
            "amount": Money(amount=246_913),
            "account": PaidAccount(
                account_name="Example Games GmbH", institution="Example Bank", ending="6789"
            ),
            "sent_on": date(2026, 4, 3),
            "paid_on": date(2026, 4, 8),
            "statements": invoiced(),
            **other,
        }
    )


def contract(**other: Any) -> bytes:
    return signed_contract(
        **{
            "feature": Feature.IAP,
            "version": 1,
            "text": "Terms\n\nThe first of\nthem.\n1. One. That is\n   one.\n2. Two.",
            "text_sha256": DIGEST,
            "platform": PLATFORM,
            "organization_id": "org_example",
            "organization_name": "Example Games GmbH",
            "typed_name": "Ada Example",
            "typed_title": "Managing director",
            "signed_at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
            "countersigned_at": datetime(2026, 1, 4, 10, tzinfo=UTC),
            **other,
        }
    )


def payouts(**other: Any) -> bytes:
    paper = PayoutPaper.model_validate(
        {
            "payout_id": "inv_example",
            "invoice_number": "2026-17",
            "state": "paid",
            "since": datetime(2026, 4, 8, tzinfo=UTC),
            "amount": Money(amount=246_913),
            "attempts": 2,
            "sent_at": datetime(2026, 4, 3, tzinfo=UTC),
            "paid_on": date(2026, 4, 8),
            "returned": False,
            "failure_code": None,
            **other,
        }
    )
    return payouts_csv([paper])


def all_of_them() -> dict[str, bytes]:
    """One of each, by file name."""
    return {
        "statement.csv": statement_csv(statement()),
        "statement.xlsx": statement_xlsx(statement()),
        "statement.pdf": statement_pdf(statement()),
        "invoice.pdf": invoice(),
        "remittance.pdf": remittance(),
        "contract.pdf": contract(),
        "payouts.csv": payouts(),
    }
