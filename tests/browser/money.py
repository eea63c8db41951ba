"""The way of the money by clicking: from the release of a game to the money in the bank, with what may come between."""

import re

from playwright.sync_api import FilePayload, Locator, expect

from cli.demo.papers import pdf
from tests.browser.studio import AT_A_REVIEW, NAME, Console, Person, Studio

A_MONTH = 180_000
"""Milliseconds within which a statement comes, or is paid: some weeks of the programme, at 0.75 s a day."""

CLOSED = "000111111113"
"""A bank account that takes a payment and gives it back as closed, see docs/sandbox.md."""


def be_paid(console: Console, studio: Studio) -> None:
    """Everything between a released game and the money, by its admins and the platform's people.

    Two admins release at once; a statement is appealed and replaced; an invoice is checked before it is submitted; its
    payment fails, because the account is closed, and goes on by itself once two of the platform's people have
    agreed to another account.
    """
    with console.person("ada", studio) as ada, console.person("olga") as olga:
        release_at_once(console, ada, studio)
        ada.sets_up_account(CLOSED)
        ada.sees("The payout account can receive payments.", AT_A_REVIEW)
        ada.page.get_by_text("The account as it was submitted").click()
        ada.sees("••1113")
        expect(ada.page.locator("main")).not_to_contain_text(CLOSED)
        look_at_a_statement(ada)
        appeal(ada)
        grant(olga, ada)
        ada.page.reload()
        ada.page.get_by_role("link", name="To the one that took its place").click()
        ada.sees("Granted on appeal")
        confirm(ada)
        number = invoice(ada)
        ada.page.get_by_role("link", name="To its payment").click(timeout=A_MONTH)
        ada.sees("Correct payout account", A_MONTH)
        ask_for_another_account(ada)
        approve_it(console, olga, ada)
        ada.go("/payouts")
        row = ada.page.get_by_role("region", name="Payouts").get_by_role("row", name=re.compile(number))
        expect(row).to_contain_text("Paid", timeout=A_MONTH)


def release_at_once(console: Console, ada: Person, studio: Studio) -> None:
    """Two admins release a game: the second is told what the first has done."""
    with console.person("bo", studio, java_script_enabled=False) as bo:
        for each in (ada, bo):
            each.go(studio.game)
        ada.press("Launch Example Jump")
        ada.sees("The game is live and earns.")
        bo.press("Launch Example Jump")
        bo.sees("You can do this instead: Withdraw game.")
        bo.sees(re.compile(r"What happened last, on .*: Ada Plain launched Example Jump\."))


def look_at_a_statement(ada: Person) -> None:
    """Open a statement, and follow a line to its ad days."""
    open_a_statement(ada)
    ada.page.get_by_role("link", name=re.compile(r"ad days?$")).first.click()
    ada.sees("Exact sum")
    ada.page.go_back()
    ada.sees("From gross to net")


def open_a_statement(ada: Person) -> None:
    """Wait for a statement that can be confirmed, which comes by itself, and open it."""
    ada.go("/revenue")
    row: Locator = ada.page.get_by_role("row").filter(has_text="To be confirmed").first
    expect(row).to_be_visible(timeout=A_MONTH)
    row.get_by_role("link").first.click()
    ada.sees("From gross to net")


def appeal(ada: Person) -> None:
    """Appeal the statement that is open; the next, where it has confirmed itself meanwhile, after 28 short days."""
    button = ada.page.get_by_role("button", name="Appeal this statement")
    if not button.is_visible():
        open_a_statement(ada)
    ada.page.get_by_label("What is wrong").fill("A day is missing")
    ada.page.get_by_label("Description").fill("Our own records say more.")
    button.click()
    ada.sees("The appeal is being reviewed")


def confirm(ada: Person) -> None:
    """Confirm the statement that is open, unless it has done so itself meanwhile."""
    button = ada.page.get_by_role("button", name="Confirm $")
    if button.is_visible():
        button.click()
    ada.sees("The statement is confirmed and can be invoiced.")


def grant(olga: Person, ada: Person) -> None:
    """The operator finds the appeal in the queue, takes the case and grants it."""
    olga.page.goto("/operators?machine=statement")
    statement = ada.page.url.split("/")[-1].partition("?")[0]
    olga.page.locator(f"a[href*='statement/{statement}']").click()
    olga.press("Take this case")
    olga.sees("Olga Operator is at work on this.")
    card = olga.page.locator("form").filter(has=olga.page.get_by_role("heading", name="Replace"))
    card.get_by_label("What the appeal adds").fill("250.00")
    card.get_by_label("Reason").select_option("data_error")
    card.get_by_role("button", name="See the new statement").click()
    olga.sees("Nothing is issued yet.")
    olga.sees("+$250.00")
    olga.page.get_by_label("Yes, about").check()
    olga.press("Issue the new statement")
    olga.sees("Decided: Replace")


def invoice(ada: Person) -> str:
    """Invoice what is confirmed: checked against a wrong PDF first, then submitted with the right one; its number."""
    ada.go("/payouts")
    ada.sees("Together: $")
    ada.press("Invoice these")
    page = ada.page
    number = "EX-1"
    amount = page.get_by_label("Amount in US dollars").input_value()
    page.get_by_label("Invoice number").fill(number)
    page.get_by_label("Name on the invoice").fill(NAME)
    attach(ada, pdf("Invoice EX-2", NAME, "USD 1.00"))
    ada.press("Check it first")
    ada.sees("Some things must be corrected first.")
    expect(page.get_by_label("Invoice number")).to_have_value(number)
    attach(ada, pdf(f"Invoice {number}", NAME, f"USD {float(amount):,.2f}"))
    ada.press("Check it first")
    ada.sees("Everything fits: you can submit it.")
    ada.press("Submit the invoice")
    ada.sees(f"Invoice {number}")
    return number


def attach(ada: Person, paper: bytes) -> None:
    ada.page.locator("#file_id").set_input_files(
        files=FilePayload(name="invoice.pdf", mimeType="application/pdf", buffer=paper)
    )


def ask_for_another_account(ada: Person) -> None:
    """From the payment that failed to the account, and another one asked for."""
    ada.sees("The bank account is closed.")
    ada.page.get_by_role("button", name="Correct payout account").click()
    ada.page.get_by_text("Enter another account").click()
    ada.fills_in_bank("000123456789")
    ada.press("Check what you filled in")
    ada.sees("Everything fits: it can be submitted")
    ada.press("Ask for the change")
    ada.sees("The change that was asked for")


def approve_it(console: Console, olga: Person, ada: Person) -> None:
    """An operator and a finance approver agree to the change, each having seen it."""
    case = f"/operators/cases/{ada.base.split('/')[2]}/payout_account"
    with console.person("femi") as femi:
        for each in (olga, femi):
            each.page.goto(case)
            each.sees("What is proposed instead")
            each.sees("••6789")
            each.page.locator("form[data-verdict=approves] input[name='_sure']").check()
            each.press("Approve change")
            each.sees("Decided: Approve change")
