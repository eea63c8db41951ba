"""Mail by SMTP: for an installation that has a mail server of its own."""

import hashlib
import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from config.settings import BadSetting
from models.documents import FailureClass
from models.identity import EMAIL
from models.tables import real_now
from providers.failures import ProviderFailure
from providers.http.notifications import Notice


class SmtpNotifications:
    """Sends each notice as one mail to each of its recipients, who do not see each other.

    Args:
        url: ``smtp://host:25`` (upgraded to TLS where the server offers it) or ``smtps://user:password@host:465``.
        sender: the address that mails come from.
        timeout: seconds to wait for the server.
    """

    def __init__(self, url: str, sender: str, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise BadSetting(
                "MONETIZATION_SMTP_URL must be smtp://host:port or smtps://user:password@host:port."
            )
        self._secure = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._secure else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender, self._timeout = sender, timeout

    def send(self, notice: Notice) -> None:
        """Hand a notice to the mail server; raises ProviderFailure when it did not take it.

        SMTP knows no keys: a mail that was handed over just before the connection broke is sent again, with the
        same Message-ID, by which mail programs know it again.
        """
        addresses = [address for address in notice.recipients if re.fullmatch(EMAIL, address)]
        if not addresses:
            return
        try:
            with self._connect() as server:
                refused: dict[str, object] = {}
                for number, address in enumerate(addresses):
                    try:
                        server.send_message(self.mail(notice, address, number))
                    except smtplib.SMTPRecipientsRefused as error:
                        refused.update(error.recipients)
                if len(refused) == len(addresses):
                    raise ProviderFailure(FailureClass.TRANSIENT, "recipients_refused")
        except smtplib.SMTPResponseException as error:
            raise ProviderFailure(FailureClass.TRANSIENT, f"smtp_{error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise ProviderFailure(FailureClass.TRANSIENT, type(error).__name__.lower()) from None

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if self._user:
            server.login(self._user, self._password)
        return server

    def mail(self, notice: Notice, address: str, number: int) -> EmailMessage:
        """A notice as a mail; what it says cannot become a header."""
        mail = EmailMessage()
        mail["From"] = Address("Monetization", addr_spec=self._sender)
        mail["To"] = address
        mail["Subject"] = " ".join(notice.subject.split())[:150]
        mail["Date"] = format_datetime(real_now())
        digest = hashlib.sha256(f"{notice.id}/{number}".encode()).hexdigest()[:32]
        mail["Message-ID"] = f"<{digest}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(notice.text)
        if notice.html:
            mail.add_alternative(notice.html, subtype="html")
        return mail
