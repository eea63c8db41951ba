"""Mail by SMTP, to a real server."""

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from config.settings import Settings
from models.documents import FailureClass
from providers.assembly import http_providers
from providers.failures import ProviderFailure
from providers.http.notifications import Notice
from providers.smtp import SmtpNotifications
from tests.sandbox.box import free_port


class Mailbox:
    """What the server was given."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.refuse: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((list(envelope.rcpt_tos), envelope.content))
        return "250 OK"


@pytest.fixture
def box() -> Iterator[tuple[Mailbox, SmtpNotifications]]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    url = f"smtp://127.0.0.1:{controller.port}"
    yield mailbox, SmtpNotifications(url, "no-reply@platform.example", 60)
    controller.stop()


def notice(**more: Any) -> Notice:
    fields = {
        "id": "notification/7",
        "organization_id": "org_1",
        "kind": "statement.issue",
        "recipients": ["ada@studio.example", "bo@studio.example"],
        "subject": "A new statement is ready",
        "text": "A new statement is ready: confirm it, or appeal it.",
    }
    return Notice.model_validate({**fields, **more})


def parsed(content: bytes) -> EmailMessage:
    from email import message_from_bytes, policy

    return message_from_bytes(content, policy=policy.default)


def test_each_recipient_gets_a_mail_of_their_own(box: tuple[Mailbox, SmtpNotifications]) -> None:
    mailbox, smtp = box
    smtp.send(notice())
    assert [to for to, _ in mailbox.mails] == [["ada@studio.example"], ["bo@studio.example"]]
    first, second = (parsed(content) for _, content in mailbox.mails)
    assert first["To"] == "ada@studio.example" and "bo@" not in first.as_string()
    assert "confirm it" in first.get_content()
    assert first["Message-ID"] != second["Message-ID"]


def test_a_mail_is_plain_text_and_html_of_the_same(box: tuple[Mailbox, SmtpNotifications]) -> None:
    mailbox, smtp = box
    smtp.send(notice(html="<p>A new statement is ready.</p>"))
    mail = parsed(mailbox.mails[0][1])
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and "confirm it" in plain.get_content()
    assert rich is not None and rich.get_content().strip() == "<p>A new statement is ready.</p>"


def test_the_same_notice_has_the_same_message_id(box: tuple[Mailbox, SmtpNotifications]) -> None:
    mailbox, smtp = box
    for _ in range(2):
        smtp.send(notice(recipients=["ada@studio.example"]))
    ids = [parsed(content)["Message-ID"] for _, content in mailbox.mails]
    assert ids[0] == ids[1]


def test_what_is_said_cannot_become_a_header(box: tuple[Mailbox, SmtpNotifications]) -> None:
    mailbox, smtp = box
    smtp.send(notice(recipients=["ada@studio.example"], subject="Hello\r\nBcc: eve@evil.example\r\n\r\nBody"))
    (to, content), *rest = mailbox.mails
    mail = parsed(content)
    assert rest == [] and to == ["ada@studio.example"] and mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: eve@evil.example Body"


@pytest.mark.parametrize(
    "odd",
    [
        "ada@studio.example\r\nBcc: eve@evil.example",
        "ada@studio.example,eve@evil.example",
        "x,eve@evil.example",
        "Eve<eve@evil.example>",
        "ada@studio.example>\tBCC:<eve@evil.example",
        "(a)eve@evil.example",
        '"eve"@evil.example',
        "eve@evil.example\n",
        "eve@evil.example;",
        "eve@",
    ],
)
def test_an_odd_address_leads_no_mail_astray_and_holds_up_no_other(
    box: tuple[Mailbox, SmtpNotifications], odd: str
) -> None:
    mailbox, smtp = box
    smtp.send(notice(recipients=[odd, "bo@studio.example"]))
    assert [to for to, _ in mailbox.mails] == [["bo@studio.example"]]


def test_one_mailbox_that_is_gone_does_not_keep_the_others_from_their_mail(
    box: tuple[Mailbox, SmtpNotifications],
) -> None:
    mailbox, smtp = box
    mailbox.refuse = {"ada@studio.example"}
    smtp.send(notice())
    assert [to for to, _ in mailbox.mails] == [["bo@studio.example"]]
    mailbox.refuse.add("bo@studio.example")
    with pytest.raises(ProviderFailure, match="recipients_refused"):
        smtp.send(notice())


def test_whom_no_address_is_known_of_is_told_in_the_console_only(
    box: tuple[Mailbox, SmtpNotifications],
) -> None:
    mailbox, smtp = box
    smtp.send(notice(recipients=["ada"]))
    assert mailbox.mails == []


def test_a_server_that_is_away_is_worth_another_try() -> None:
    with socket.socket() as deaf, pytest.raises(ProviderFailure) as failure:
        deaf.bind(("127.0.0.1", 0))
        address = f"smtp://127.0.0.1:{deaf.getsockname()[1]}"
        SmtpNotifications(address, "a@b.example", 60).send(notice())
    assert failure.value.failure_class is FailureClass.TRANSIENT


def test_it_is_chosen_by_the_settings_and_a_wrong_address_is_told() -> None:
    chosen = http_providers(Settings(smtp_url="smtp://127.0.0.1:25"))  # type: ignore[arg-type]
    assert isinstance(chosen.notifications, SmtpNotifications)
    with pytest.raises(ValueError, match="MONETIZATION_SMTP_URL"):
        http_providers(Settings(smtp_url="http://127.0.0.1"))  # type: ignore[arg-type]
