"""What the platform's people decide by clicking: each step is sent back once, with a reason that its admins read."""

from playwright.sync_api import Locator, expect

from cli.demo.papers import pdf
from tests.browser.money import A_MONTH, attach
from tests.browser.studio import AT_A_REVIEW, NAME, Console, Person, Studio
from tests.cli.runner import eventually

FUNDED_LATER = "000222222227"
"""A bank account to which each invoice's first transfer fails for lack of funds, see docs/sandbox.md."""

MINIMUM = 10_000
"""Cents to which an invoice must come."""


def decide(
    staff: Person,
    studio: Studio,
    document_id: str,
    decision: str,
    code: str = "",
    words: str = "",
    **filled: str,
) -> None:
    """Open a case and decide it.

    Args:
        code: the listed reason.
        words: what the organization reads.
        filled: what else stands in the decision's card, by the name of the field.
    """
    staff.page.goto(f"/operators/cases/{studio.organization_id}/{document_id}")
    card = staff.page.locator("form.card").filter(
        has=staff.page.get_by_role("heading", name=decision, exact=True)
    )
    for name, value in filled.items():
        box = card.locator(f"[name='{name}'], [name='facts.{name}']")
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    if code:
        card.get_by_label("Reason").select_option(code)
    if words:
        card.get_by_label("In words, as the organization reads it").fill(words)
    confirm(card)
    card.get_by_role("button", name=decision, exact=True).click()
    staff.sees(f"Decided: {decision}")
    staff.page.goto("/operators")  # whoever leaves the desk takes at once what could have been undone


def confirm(card: Locator) -> None:
    """Say that one is sure, where a decision asks for it."""
    sure = card.locator("input[name='_sure']")
    if sure.count():
        sure.check()


def set_up_by_decisions(console: Console) -> Studio:
    """An organization that earns with purchases; whatever a desk decides, Olga has decided, and once against it."""
    with console.person("cyd") as cyd, console.person("olga") as olga:
        cyd.begins("Example Decided")
        studio = Studio(cyd.base)
        for provider in ("verification", "contracts", "launches", "invoices"):
            console.fails(provider, "answer_late", studio, days=400)
        verify(cyd, olga, studio)
        cyd.qualifies()
        countersign(cyd, olga, studio)
        studio = launch(console, cyd, olga, studio)
        cyd.sets_up_account(FUNDED_LATER)
        cyd.sees("The payout account can receive payments.", AT_A_REVIEW)
        return studio


def verify(cyd: Person, olga: Person, studio: Studio) -> None:
    """More information is asked for, then a field is wrong, then it is verified."""
    cyd.go("/verification")
    cyd.fills_in_business(number="C0000001")
    cyd.press("Submit for verification")
    cyd.sees("The business is being verified.")
    asked = "Please send a bill that is not older than six months."
    decide(olga, studio, "verification", "Ask for information", "address_unproved", asked)
    cyd.go("/verification")
    cyd.sees(asked)
    cyd.upload("Documents")
    cyd.page.get_by_label("Explanation").fill("The bill of October.")
    cyd.press("Send")
    cyd.sees("The business is being verified.")
    olga.page.goto(f"/operators/cases/{studio.organization_id}/verification")
    olga.sees("The bill of October.")
    wrong = "The certificate says C1234567."
    decide(
        olga,
        studio,
        "verification",
        "Decline verification",
        "number_mismatch",
        wrong,
        field="registration_number",
    )
    cyd.go("/verification")
    cyd.sees("The business could not be verified from what was submitted.")
    number = cyd.page.get_by_label("Registration number")
    expect(number).to_have_attribute("aria-invalid", "true")
    cyd.sees(wrong)
    number.fill("C1234567")
    cyd.page.get_by_label("Number of the identity document").fill("X0000000000")
    cyd.page.get_by_label("Date of birth").fill("1985-12-10")
    cyd.press("Submit for verification")
    cyd.sees("The business is being verified.")
    decide(olga, studio, "verification", "Verify business")
    cyd.sees("The business is verified.")


def countersign(cyd: Person, olga: Person, studio: Studio) -> None:
    """The contract is refused, then counter-signed."""
    cyd.signs("iap")
    why = "Please let a managing director sign."
    decide(olga, studio, "contract/iap", "Decline contract", "signatory_unauthorized", why)
    cyd.go("/contracts/iap")
    cyd.sees(why)
    cyd.signs("iap")
    decide(olga, studio, "contract/iap", "Countersign contract")
    cyd.sees("The feature is enabled")


def launch(console: Console, cyd: Person, olga: Person, studio: Studio) -> Studio:
    """App review does not approve the game, then it does."""
    cyd.registers("Example Shop", "In-app purchases")
    game = cyd.page.url.removeprefix(console.url + cyd.base).partition("?")[0]
    release = f"launch/{game.split('/')[-1]}"
    cyd.press("Run the checks")
    cyd.sees("Every required check passed.", AT_A_REVIEW)
    cyd.page.get_by_label("Japan").check()
    cyd.press("Submit for app review")
    cyd.sees("The game is in app review.")
    why = "It does not start on small phones."
    decide(olga, studio, release, "Decline game", "crashes", why)
    cyd.go(game)
    cyd.sees(why)
    cyd.press("Submit for app review")
    cyd.sees("The game is in app review.")
    decide(olga, studio, release, "Approve game")
    cyd.press("Launch Example Shop")
    cyd.sees("The game is live and earns.")
    return Studio(studio.base, game)


def submit_invoice(cyd: Person, number: str) -> str:
    """Invoice all that is confirmed, as soon as it is enough; the id of the invoice."""

    def is_enough() -> bool:
        cyd.go("/payouts")
        ready: list[int] = cyd.page.locator("main input[data-amount]").evaluate_all(
            "boxes => boxes.map((box) => Number(box.dataset.amount))"
        )
        return sum(ready) >= MINIMUM

    eventually(is_enough, A_MONTH / 1000)
    cyd.press("Invoice these")
    fill_in_invoice(cyd, number)
    return cyd.page.url.split("/")[-1].partition("?")[0]


def fill_in_invoice(cyd: Person, number: str) -> None:
    page = cyd.page
    amount = float(page.get_by_label("Amount in US dollars").input_value())
    page.get_by_label("Invoice number").fill(number)
    page.get_by_label("Name on the invoice").fill(NAME)
    attach(cyd, pdf(f"Invoice {number}", NAME, f"USD {amount:,.2f}"))
    cyd.press("Submit the invoice")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Invoice {number}")


def approve_invoice(cyd: Person, olga: Person, studio: Studio, invoice_id: str) -> str:
    """An invoice is approved, and its payment waits for funds; the payout."""
    decide(olga, studio, f"invoice/{invoice_id}", "Approve invoice")
    cyd.go(f"/payouts/invoices/{invoice_id}")
    cyd.page.get_by_role("link", name="To its payment").click(timeout=A_MONTH)
    cyd.sees("The paying account lacks funds.", A_MONTH)
    return f"payout/{invoice_id}"
