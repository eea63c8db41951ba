"""Who writes to whom: the voice for a reader's language."""

from mails.compose import Writer
from models.mail.letters import Recipient
from words.voice import ENGLISH


def writer(console: str, reader: Recipient) -> Writer:
    """Whoever writes mails to somebody."""
    return Writer(console=console, voice=ENGLISH, reader=reader.subject)
