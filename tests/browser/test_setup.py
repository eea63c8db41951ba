"""The whole setup by clicking, by one admin and by two at once, and what may come between."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlmodel import col, update

from models.tables import SessionRow, real_now
from storage.database import Database
from tests.browser.studio import Console, Person, Studio


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
        bo.sees(re.compile(r"What happened last, on .*: .*contract"))


def fill_in_signature(person: Person) -> None:
    person.page.get_by_label("Your full name").fill("Bo Example")
    person.page.get_by_label("Your title").fill("Director")
    person.page.get_by_label("I have read this text").check()


def test_the_account_is_filled_in_step_by_step_and_cannot_begin_before_the_business_is_verified(
    console: Console, studio: Studio
) -> None:
    with console.person("ada") as ada:
        ada.begins("Example Check")
        ada.go("/verification")
        ada.sees("The platform cannot pay to banks in: Cuba, Iran, North Korea.")
        ada.go("/payout-account")
        ada.sees("Business verification must be complete first")
        ada.is_verified()
        ada.sets_up_account("000123456789")
        ada.sees(re.compile("The payout account (is being checked|can receive payments)"))


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


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_what_was_typed_survives_signing_out_in_another_tab(
    console: Console, studio: Studio, scripts: bool
) -> None:
    with console.person("dee", java_script_enabled=scripts) as dee:
        dee.begins(f"Example Gone {scripts}")
        dee.go("/verification")
        dee.fills_in_business(number="C7654321")
        other = dee.context.new_page()
        other.goto(dee.base)
        other.get_by_role("button", name="Sign out").click()
        other.wait_for_url("**/signed-out")
        dee.press("Submit for verification")
        dee.sees("Nothing was sent.")
        sign_in = dee.page.get_by_role("link", name="Sign in").or_(
            dee.page.get_by_role("button", name="Sign in")
        )
        if scripts:
            sign_in.click()
            dee.believe()
        else:
            with dee.context.expect_page() as opened:
                sign_in.click()
            opened.value.get_by_label("Somebody else").fill("dee")
            opened.value.get_by_role("button", name="Sign in").click()
            opened.value.wait_for_url("**/verification")
            dee.press("Go on with what I typed")
        dee.sees("You are signed in again, and what you had typed is here.")
        expect(dee.page.get_by_label("Registration number")).to_have_value("C7654321")
        expect(dee.page.get_by_label("Number of the identity document")).to_have_value("X0000000000")
        assert "C7654321" not in dee.page.url


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
