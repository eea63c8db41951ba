"""The whole setup by clicking, by one admin and by two at once, and what may come between."""

import re
from datetime import timedelta

from playwright.sync_api import expect
from sqlmodel import col, update

from models.tables import SessionRow, real_now
from storage.database import Database
from tests.browser.studio import NAME, Console, Person, Studio


def test_signing_what_another_admin_has_signed_says_that_it_has_changed(
    console: Console, studio: Studio
) -> None:
    with console.person("bo", studio, java_script_enabled=False) as bo:
        bo.go("/contracts/iap")
        with console.person("ada", studio) as ada:
            ada.signs("iap")
        fill_in_signature(bo)
        bo.press("Sign the contract")
        bo.sees("It has changed meanwhile")
        bo.sees(re.compile(r"What happened last: (sign, by Ada Plain|activate, by provider)"))


def fill_in_signature(person: Person) -> None:
    person.page.get_by_label("Your full name").fill("Bo Example")
    person.page.get_by_label("Your title").fill("Director")
    person.page.get_by_label("I have read this text").check()


def test_a_check_says_what_is_to_be_mended_and_the_form_follows_the_country(
    console: Console, studio: Studio
) -> None:
    with console.person("ada") as ada:
        ada.begins("Example Check")
        ada.go("/verification")
        ada.sees("The platform cannot pay to banks in: Cuba, Iran, North Korea.")
        ada.go("/payout-account")
        ada.sees("Business verification must be complete first")
        ada.is_verified()
        ada.go("/payout-account")
        ada.page.get_by_label("Name of the bank").fill("Example Bank")
        ada.sees("The platform cannot pay to banks in: Cuba, Iran, North Korea.")
        ada.page.get_by_label("Country of the bank").select_option("IN")
        ada.press("Ask for the numbers of this country")
        expect(ada.page.get_by_label("IFSC")).to_be_visible()
        expect(ada.page.get_by_label("IBAN")).to_have_count(0)
        ada.page.get_by_label("Country of the bank").select_option("DE")
        ada.press("Ask for the numbers of this country")
        expect(ada.page.get_by_label("IBAN")).to_be_visible()
        expect(ada.page.get_by_label("Name of the bank")).to_have_value("Example Bank")
        ada.page.get_by_label("IBAN").fill("DE00 0000 0000 0000 0000 00")
        ada.page.get_by_label("Name of the account").fill("Somebody Else")
        ada.page.get_by_label("Name of the business").fill(NAME)
        ada.page.get_by_label("Permanent address").fill("1 Example Street")
        ada.page.get_by_label("Federal tax classification").select_option("c_corporation")
        ada.page.get_by_label("Employer identification number").fill("12-3456789")
        ada.page.get_by_label("Are payments to the business").select_option("false")
        ada.press("Check")
        ada.sees("Some of it must be corrected first")
        ada.sees("The check digits of this IBAN are wrong.")
        expect(ada.page.get_by_role("button", name="Submit")).to_have_count(0)


def test_what_was_typed_survives_the_end_of_a_session(console: Console, studio: Studio) -> None:
    with console.person("dee") as dee:
        dee.begins("Example Late")
        dee.go("/verification")
        dee.fills_in_business(number="C7654321")
        end_sessions(console, "dee")
        dee.press("Submit for verification")
        dee.believe()
        dee.sees("You are signed in again, and what you had typed is here.")
        expect(dee.page.get_by_label("Registration number")).to_have_value("C7654321")
        expect(dee.page.get_by_label("Number of the identity document")).to_have_value("X0000000000")
        dee.upload("Certificate of registration")
        dee.upload("Proof that they represent the business")
        dee.press("Submit for verification")
        dee.sees(re.compile("The business is (being )?verified"))


def end_sessions(console: Console, subject: str) -> None:
    """As after two idle hours."""
    late = real_now() - timedelta(hours=3)
    with Database(f"sqlite:///{console.up.state_dir / 'monetization.db'}").transaction() as session:
        session.execute(update(SessionRow).where(col(SessionRow.subject) == subject).values(seen_at=late))


def test_two_tabs_that_sign_in_at_once_both_arrive_where_they_wanted(
    console: Console, studio: Studio
) -> None:
    with console.person("ada", studio) as ada:
        ada.context.clear_cookies()
        tabs = {path: ada.context.new_page() for path in ("/members", "/games")}
        for path, tab in tabs.items():
            tab.goto(ada.base + path)
        for path, tab in tabs.items():
            tab.get_by_label("Somebody else").fill("ada")
            tab.get_by_role("button", name="Sign in").click()
            tab.wait_for_url(re.compile(f"{path}$"))
        assert [cookie.get("name") for cookie in ada.context.cookies()] == ["__Host-session"]
