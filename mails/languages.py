"""Who writes to whom: the voice for a reader's language."""

from mails.compose import Writer
from models.mail.letters import Recipient
from words.languages import language_by_mail, script_of, voice_by_mail


def writer(console: str, reader: Recipient) -> Writer:
    """Whoever writes mails to somebody, in the language of their profile."""
    chosen = reader.profile.language
    script = script_of(language_by_mail(chosen))
    return Writer(
        console=console,
        voice=voice_by_mail(chosen),
        reader=reader.subject,
        language=script.lang,
        direction=script.direction,
    )
