"""The four organizations of the demo: one journey, and what goes wrong for each of them on the way.

Everything about them is invented, and looks it.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cli.demo.admin import Studio
from cli.demo.api_models import Document
from cli.demo.papers import pdf
from cli.demo.people import Person
from models.money import Money
from models.states import PayoutAccountState, StatementState, VerificationState

GOOD_ACCOUNT = "000123456789"
CLOSED_ACCOUNT = "000111111113"
RETURNING_ACCOUNT = "000999999991"
"""Account numbers that the sandbox knows: see docs/sandbox.md."""

US_BANK = {"country": "US", "institution": "First Bank of Nowhere", "routing_number": "021000021"}
EARNINGS = {"orders_per_day": 15, "price_percent": 200, "ads_per_day": 20_000}
QUIET = timedelta(days=2)
"""So long after a statement no other is likely to come for the same period."""

LOST = ("rejected", "cancelled")
ARRIVED = ("paid", "closed")
"""The states of invoices and payouts whose money is with the organization."""


@dataclass(frozen=True)
class Story:
    """Who an organization is, and what goes wrong for it.

    Attributes:
        play: what it is called in the demo's report.
        happens: in a few words, for people.
        address: where it is registered; the sandbox reads magic words there.
        title: what the first signatory is; the sandbox reads magic words there too.
        bank: the bank account at first, and once it has been fixed.
        faults: what the sandbox is told to let go wrong.
        appeals: it appeals its first statement of ads.
        comes_back: its first payment comes back.
    """

    play: str
    happens: str
    name: str
    admin: Person
    country: str
    address: str
    bank: Mapping[str, Any]
    fixed: Mapping[str, Any]
    title: str = "Managing Director"
    faults: tuple[Mapping[str, Any], ...] = field(default=())
    appeals: bool = False
    comes_back: bool = False


PLAIN = Story(
    play="plain",
    happens="nothing goes wrong",
    name="Plain Pixel Studio",
    admin=Person("ada", "Ada Plain"),
    country="US",
    address="1 Example Street, Nowhere, DE 00000",
    bank=US_BANK | {"account_number": GOOD_ACCOUNT},
    fixed=US_BANK | {"account_number": GOOD_ACCOUNT},
)
SECOND_TRY = Story(
    play="second_try",
    happens="asked for more, refused once, its bank is doubted, fails a check, appeals",
    name="Second Try Games",
    admin=Person("bo", "Bo Again"),
    country="DE",
    address="Musterstr. 2 (INFO-NEEDED), 00000 Musterstadt",
    bank={"country": "DE", "institution": "Musterbank (DOUBTFUL)", "iban": "DE89370400440532013000"},
    fixed={"country": "DE", "institution": "Musterbank", "iban": "DE89370400440532013000"},
    title="Trainee (REFUSED)",
    faults=({"provider": "integrations", "kind": "refuse", "times": 1, "code": "reward_after_ad_end"},),
    appeals=True,
)
ROCKY_ROAD = Story(
    play="rocky_road",
    happens="the provider is away, then the account is closed",
    name="Rocky Road Arcade",
    admin=Person("cyd", "Cyd Rocky"),
    country="US",
    address="3 Sample Avenue, Nowhere, DE 00000",
    bank=US_BANK | {"account_number": CLOSED_ACCOUNT},
    fixed=US_BANK | {"account_number": GOOD_ACCOUNT},
    faults=(
        {
            "provider": "payments",
            "kind": "error",
            "operation": "request",
            "status": 503,
            "not_processed": True,
            "times": 2,
        },
    ),
)
BOOMERANG = Story(
    play="boomerang",
    happens="the payment comes back after it was paid",
    name="Boomerang Bits",
    admin=Person("dee", "Dee Boomerang"),
    country="US",
    address="4 Specimen Road, Nowhere, DE 00000",
    bank=US_BANK | {"account_number": RETURNING_ACCOUNT},
    fixed=US_BANK | {"account_number": GOOD_ACCOUNT},
    comes_back=True,
)
STORIES = (PLAIN, SECOND_TRY, ROCKY_ROAD, BOOMERANG)


async def journey(studio: Studio, story: Story) -> None:
    """From business verification to money in the bank, in the order of the programme's own page."""
    await studio.register()
    for fault in story.faults:
        await arm_once(studio, fault)
    await verify_business(studio, story)
    async with asyncio.TaskGroup() as at_once:
        at_once.create_task(qualify(studio, story))
        at_once.create_task(set_up_payout_account(studio, story))
        at_once.create_task(pay_in(studio, story))
    await launch(studio)
    while not is_paid(studio, story):
        await settle(studio, story)
        await submit_invoice(studio)
        await mend_account(studio, story)
        await studio.news()


# ---------------------------------------------------------------------- prerequisite


async def verify_business(studio: Studio, story: Story) -> None:
    """Business verification: submit, answer what is asked, submit again if need be."""
    paper = await studio.file("certificate.pdf", pdf("Certificate of an invented company", story.name))
    form = {
        "country": story.country,
        "legal_name_local": f"{story.name} (invented)",
        "legal_name_english": story.name,
        "registration_number": "0000-0000",
        "registered_address": story.address,
        "certificate_file_id": paper,
        "primary_representative": {
            "full_name": story.admin.name,
            "id_number": "X0000000",
            "issuing_country": story.country,
            "birth_date": "1990-01-01",
            "proof_of_representation_file_id": paper,
        },
        "operational_representative": {"name": story.admin.name, "email": story.admin.email},
    }

    async def submit(document: Document) -> None:
        await studio.do(document, "verification", form)

    async def answer(document: Document) -> None:
        proof = await studio.file("proof-of-address.pdf", pdf("Proof of an invented address", story.name))
        body = {"explanation": "A bill of this month.", "file_ids": [proof]}
        await studio.do(document, "verification/information", body)

    again = dict.fromkeys(("not_started", "could_not_verify", "lapsed", "expired"), submit)
    await studio.walk("verification", ("verified",), {**again, "information_needed": answer})


async def qualify(studio: Studio, story: Story) -> None:
    """Industry qualification: a link to a playable game on another store."""
    form = {"store_url": f"https://store.example/{story.play}", "owner": story.name}

    async def submit(document: Document) -> None:
        await studio.do(document, "qualification", form)

    await studio.walk("qualification", ("approved",), {"not_started": submit, "could_not_verify": submit})


# ---------------------------------------------------------------------- pay in


async def pay_in(studio: Studio, story: Story) -> None:
    """Contracts, one feature at a time; integrate and test each as soon as its contract is signed."""
    game = await studio.send(
        "games", "demo/game", {"name": f"{story.name}: The Game", "features": ["iaa", "iap"]}
    )
    await studio.client.arm(
        "games", {"game_id": game["id"], "organization_id": studio.id, "volume": EARNINGS}
    )
    await studio.look()
    async with asyncio.TaskGroup() as at_once:
        for feature in ("iaa", "iap"):
            await sign(studio, story, feature)
            at_once.create_task(integrate(studio, game["id"], feature))


async def sign(studio: Studio, story: Story, feature: str) -> None:
    """Read and sign a contract until it is active; a refused trainee fetches the director."""
    path = f"contracts/{feature}"

    async def signature(document: Document, title: str) -> None:
        text = await studio.client.get(studio.admin, f"{studio.path}/{path}")
        body = {
            "version": text["offered_version"],
            "text_sha256": text["text_sha256"],
            "typed_name": studio.admin.name,
            "typed_title": title,
            "accept": True,
        }
        await studio.do(document, f"{path}/sign", body, read=path)

    await studio.walk(
        f"contract/{feature}",
        ("active",),
        {
            "not_signed": lambda document: signature(document, story.title),
            "declined": lambda document: signature(document, "Managing Director"),
            "update_offered": lambda document: signature(document, "Managing Director"),
        },
    )


async def integrate(studio: Studio, game_id: str, feature: str) -> None:
    """Run the checks of an integration, fix what failed, and run them again."""

    async def run(document: Document) -> None:
        await studio.do(document, f"games/{game_id}/integrations/{feature}/run")

    await studio.walk(f"integration/{game_id}/{feature}", ("passed",), {"not_run": run, "failed": run})


async def launch(studio: Studio) -> None:
    """Submit the game for app review, and launch it."""
    game = next(d for d in studio.now.organization.documents if d.machine == "launch")
    path = f"games/{game.document_id.removeprefix('launch/')}/launch"

    async def submit(document: Document) -> None:
        await studio.do(document, path, {"regions": ["US", "DE", "JP"]})

    async def publish(document: Document) -> None:
        await studio.do(document, f"{path}/publish")

    await studio.walk(
        game.document_id,
        ("live",),
        {"not_submitted": submit, "not_approved": submit, "approved": publish},
    )


# ---------------------------------------------------------------------- pay out


async def set_up_payout_account(studio: Studio, story: Story) -> None:
    """Business, tax and bank."""
    business: dict[str, Any] = {
        "entity_name": story.name,
        "country": story.country,
        "permanent_address": story.address.replace(" (INFO-NEEDED)", ""),
    }
    if story.country == "US":
        tax: dict[str, Any] = {
            "form": "W-9",
            "federal_classification": "c_corporation",
            "tax_number": "10-0000001",
            "backup_withholding": False,
        }
    else:
        paper = await studio.file("registration.pdf", pdf("Registration of an invented company", story.name))
        business["registration_file_id"] = paper
        tax = {"form": "W-8BEN-E", "entity_type": "corporation", "tax_number": "00/000/00001"}
    form = {"business": business, "tax": tax, "bank": {"account_name": story.name, **story.bank}}

    async def submit(document: Document) -> None:
        await studio.do(document, "payout-account", form)

    await studio.walk("payout_account", ("active",), {"not_set_up": submit, "declined": submit})


async def mend_account(studio: Studio, story: Story) -> None:
    """Enter another bank account when the bank has refused the one in force."""
    account = studio.document("payout_account")
    if account is not None and account.state == PayoutAccountState.NEEDS_FIX:
        body = {"bank": {"account_name": story.name, **story.fixed}}
        await studio.tried(studio.do(account, "payout-account/change", body))


async def settle(studio: Studio, story: Story) -> None:
    """Confirm each statement that is delivered; appeal the first one of ads, if that is the story."""
    for statement in studio.now.statements:
        if statement.state != StatementState.PENDING_CONFIRMATION:
            continue
        path, key = f"statements/{statement.id}", f"{statement.document_id}@{statement.since.isoformat()}"
        if story.appeals and statement.stream == "iaa" and statement.issue == 1 and not has_appealed(studio):
            appeal = {
                "subject": "Two ad days are missing",
                "description": "Our own counts for the last two days of the period are not in it.",
            }
            await studio.tried(studio.send(f"{path}/appeal", f"{key}/appeal", appeal, read=path))
        else:
            await studio.tried(studio.send(f"{path}/confirm", f"{key}/confirm", read=path))


def has_appealed(studio: Studio) -> bool:
    """Whether a statement has been appealed."""
    return any(statement.appealed for statement in studio.now.statements)


async def submit_invoice(studio: Studio) -> None:
    """Claim all confirmed statements once the period's are all there; once, unless the invoice was rejected."""
    seen, clock = studio.now, studio.policy.clock
    confirmed = sorted(
        (s for s in seen.statements if s.state == StatementState.CONFIRMED), key=lambda s: s.id
    )
    total = sum(statement.net.amount for statement in confirmed)
    undecided = any(
        s.state in (StatementState.PENDING_CONFIRMATION, StatementState.APPEAL_REVIEW)
        for s in seen.statements
    )
    quiet = all(clock.now() - statement.issued_at >= QUIET for statement in confirmed)
    claimed = any(invoice.state not in LOST for invoice in seen.invoices)
    kinds = {statement.stream.partition("_")[0] for statement in confirmed}
    complete = quiet and not undecided and kinds == {"iaa", "iap"}
    if claimed or not complete or total < studio.policy.invoice_minimum:
        return
    today = clock.now().date()
    ids = [statement.id for statement in confirmed]
    number = f"INV-{today:%Y%m%d}-{len(seen.invoices) + 1}-{hashlib.sha256('/'.join(ids).encode()).hexdigest()[:6]}"
    amount = {"amount": total, "currency": confirmed[0].net.currency}
    lines = (f"Invoice {number}", studio.name, f"Date {today.isoformat()}", str(Money.model_validate(amount)))
    paper = await studio.file(f"{number}.pdf", pdf(*lines))
    body = {
        "statement_ids": ids,
        "number": number,
        "date": today.isoformat(),
        "amount": amount,
        "file_id": paper,
    }
    await studio.tried(studio.send("invoices", f"demo/{number}", body))


def is_paid(studio: Studio, story: Story) -> bool:
    """Whether the story has ended well: every invoice is paid, and came back before if that is the story."""
    claims = [invoice for invoice in studio.now.invoices if invoice.state not in LOST]
    came_back = any(payout.returned for payout in studio.now.payouts)
    paid = all(row.state in ARRIVED for row in (*claims, *studio.now.payouts))
    return bool(claims) and paid and (came_back or not story.comes_back)


async def arm_once(studio: Studio, fault: Mapping[str, Any]) -> None:
    """Tell the sandbox what is to go wrong, unless that was done before this demo was interrupted."""
    verification = studio.document("verification")
    if verification is not None and verification.state == VerificationState.NOT_STARTED:
        await studio.client.arm("faults", {"organization_id": studio.id, **fault})
