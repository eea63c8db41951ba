"""People at the console: what they click and type, the same for tests and pictures."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from config.settings import Settings
from tests.api.support.forms import pdf
from tests.cli.runner import Up

NAME = "Example Games LLC"
PAPER = FilePayload(name="paper.pdf", mimeType="application/pdf", buffer=pdf())
OF_THE_BROWSER = ("chrome://", "chrome-extension://")
"""With what the browser shows a PDF."""
AT_A_REVIEW = 60_000
"""Milliseconds within which a review of some programme days is over, and the page shows it by itself."""


@dataclass
class Console:
    """A running installation, seen by a browser."""

    up: Up
    browser: Browser
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.up.stack()['ports']['api']}"

    @contextmanager
    def person(self, subject: str, studio: "Studio | None" = None, **options: Any) -> "Iterator[Person]":
        """Somebody at a browser of their own, signed in."""
        context = self.browser.new_context(base_url=self.url, **options)
        context.set_default_timeout(90_000)
        somebody = Person(self, subject, context, context.new_page())
        try:
            somebody.base = studio.base if studio else ""
            yield somebody.sign_in()
            somebody.check()
        finally:
            context.close()

    def fails(self, provider: str, kind: str, studio: "Studio", **more: Any) -> None:
        """Have a provider fail an organization from now on, see docs/sandbox.md."""
        address = f"http://127.0.0.1:{self.up.stack()['ports']['sandbox']}/control/faults"
        fault = {"provider": provider, "kind": kind, "organization_id": studio.organization_id, **more}
        token = Settings.model_construct().provider_token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}"}
        httpx2.post(address, json=fault, headers=headers, trust_env=False).raise_for_status()

    @contextmanager
    def without(self, process: str) -> Iterator[None]:
        """The installation while one of its processes stands still."""
        pid = self.up.pids()[process]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


@dataclass
class Person:
    """Somebody at a browser. What goes wrong out of sight is remembered: see ``check``."""

    console: Console
    subject: str
    context: BrowserContext
    page: Page
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    base: str = ""

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.saw(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.heard(message.type, message.text))

    def saw(self, url: str) -> None:
        issuer = f"http://127.0.0.1:{self.console.up.stack()['ports']['sandbox']}/oidc/"
        if not url.startswith((self.console.url, issuer, "data:", *OF_THE_BROWSER)):
            self.elsewhere.append(url)

    def heard(self, kind: str, text: str) -> None:
        # A form that is refused is an answer, not an error of the page.
        if kind == "error" and "Failed to load resource" not in text:
            self.errors.append(text)

    def check(self) -> None:
        """No request went elsewhere, and no script failed or was refused."""
        assert (self.elsewhere, self.errors) == ([], [])

    def sign_in(self, path: str = "/") -> "Person":
        self.page.goto(path)
        self.believe()
        return self

    def believe(self) -> None:
        """The issuer's page: say who you are."""
        self.page.get_by_label("Somebody else").fill(self.subject)
        self.page.get_by_role("button", name="Sign in").click()

    def go(self, path: str = "") -> None:
        self.page.goto(self.base + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=False).first.click()

    def sees(self, text: str | re.Pattern[str], timeout: int = 90_000) -> None:
        expect(self.page.locator("main")).to_contain_text(text, timeout=timeout)

    def begins(self, name: str) -> None:
        self.page.goto("/organizations")
        self.page.get_by_label("Name").fill(name)
        self.press("Begin")
        self.page.wait_for_url(re.compile(r"/organizations/org_"))
        self.base = "/organizations/" + self.page.url.split("/")[4].partition("?")[0]

    def upload(self, label: str, file: FilePayload = PAPER) -> None:
        """Choose a file; again where news has drawn the page anew under it, as they do until something is filled in."""
        field = self.page.get_by_label(label)
        field.set_input_files(files=file)
        while not field.evaluate("(field) => field.files.length"):
            field.set_input_files(files=file)

    def fills_in_business(self, number: str = "C1234567", name: str = NAME) -> None:
        page = self.page
        page.get_by_label("Country of registration").select_option("US")
        page.get_by_label("Legal name, in the local language").fill(name)
        page.get_by_label("Legal name, in English").fill(name)
        page.get_by_label("Registration number").fill(number)
        page.get_by_label("Registered address").fill("1 Example Street\n00000 Musterstadt")
        self.upload("Certificate of registration")
        page.get_by_label("The certificate expires on").fill("2090-01-31")
        representative = page.get_by_role("group", name="Primary representative")
        representative.get_by_label("Full name").fill("Ada Example")
        representative.get_by_label("Number of the identity document").fill("X0000000000")
        representative.get_by_label("Issuing country").select_option("US")
        representative.get_by_label("Date of birth").fill("1985-12-10")
        self.upload("Proof that they represent the business")
        contact = page.get_by_role("group", name="Operational representative")
        contact.get_by_label("Name").fill("Otto Example")
        contact.get_by_label("E-mail address").fill("otto@studio.example")

    def is_verified(self) -> None:
        self.go("/verification")
        self.fills_in_business()
        self.press("Submit for verification")
        self.sees("The business is verified.", AT_A_REVIEW)

    def qualifies(self) -> None:
        self.go("/qualification")
        self.page.get_by_label("Link to the game").fill("https://store.example/games/1")
        self.press("Submit for qualification")
        self.sees(re.compile("The qualification is being reviewed|The organization may publish games"))

    def signs(self, feature: str) -> None:
        self.go(f"/contracts/{feature}")
        self.page.get_by_label("Your full name").fill("Ada Example")
        self.page.get_by_label("Your title").fill("Managing Director")
        self.page.get_by_label("I have read this text").check()
        self.press("Sign the contract")
        self.sees(re.compile("The contract is signed and being counter-signed|The feature is enabled"))

    def registers(self, game: str, earns_with: str = "In-app ads") -> None:
        self.go("/games")
        self.page.get_by_label("Name").fill(game)
        self.page.get_by_label(earns_with).check()
        self.press("Register")
        self.page.wait_for_url(re.compile(r"/games/game_"))

    def sets_up_account(self, number: str) -> None:
        """Business, tax and bank of a US business, step by step; looked over, then submitted."""
        self.go("/payout-account")
        page = self.page
        page.get_by_label("Name of the business").fill(NAME)
        page.get_by_label("Permanent address").fill("1 Example Street\n00000 Musterstadt")
        self.press("Continue")
        page.get_by_label("Federal tax classification").select_option("llc_partnership")
        page.get_by_label("Employer identification number").fill("12-3456789")
        page.get_by_label("Are payments to the business").select_option("false")
        self.press("Continue")
        self.fills_in_bank(number)
        self.press("Check what you filled in")
        self.sees("Everything fits: it can be submitted")
        self.press("Submit")

    def fills_in_bank(self, number: str) -> None:
        page = self.page
        page.get_by_label("Name of the bank").fill("Example Bank")
        page.get_by_label("Name of the account").fill(NAME)
        page.get_by_label("Account number").fill(number)
        page.get_by_label("Routing number").fill("110000000")

    def invites(self, email: str) -> None:
        self.go("/members")
        self.page.get_by_label("E-mail address").fill(email)
        self.press("Invite")
        self.sees(email)

    def invitation(self) -> str:
        """The address in the mail that was sent last."""
        view = self.page.request.get(f"/v1{self.base}/members").json()
        return f"/invitations/{view['invitations'][-1]['id']}"

    def accepts(self, invitation: str) -> None:
        self.page.goto(invitation)
        self.press("Join")
        self.page.wait_for_url(re.compile(r"/organizations/org_"))


@dataclass(frozen=True)
class Studio:
    """An organization that has been set up.

    Attributes:
        base: its address.
        game: where its game is, below that.
    """

    base: str
    game: str = ""

    @property
    def organization_id(self) -> str:
        return self.base.split("/")[2]


def set_up(console: Console) -> Studio:
    """An organization of Ada and Bo whose game may be released: all of it clicked by Ada, from signing in on."""
    with console.person("ada") as ada:
        ada.begins("Example Games")
        ada.is_verified()
        ada.qualifies()
        ada.signs("iaa")
        ada.invites("bo@studio.example")
        with console.person("bo") as bo:
            bo.accepts(ada.invitation())
        ada.go("/contracts/iaa")
        ada.sees("The feature is enabled", AT_A_REVIEW)
        ada.registers("Example Jump")
        game = re.sub(r"\?.*", "", ada.page.url.removeprefix(console.url + ada.base))
        ada.press("Run the checks")
        ada.sees("Every required check passed.", AT_A_REVIEW)
        ada.page.get_by_label("Japan").check()
        ada.press("Submit for app review")
        ada.sees("The game is approved and can be launched.", AT_A_REVIEW)
        return Studio(ada.base, game)
