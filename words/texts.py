"""Every text of the tables, for translators."""

from collections.abc import Iterator

from models.reasons.failures import FAILURES, GENERAL
from words import OTHERS, SHEETS, SOMETHING_ELSE, VIEW
from words.actors import BY, ONES, TEAMS, WAITED_FOR, YOU
from words.actors import SUBJECTS as ACTORS
from words.codes import TABLES
from words.glossary import TERMS, WHOM_TO_ASK
from words.labels import FIELDS, OF_PART, PARTS
from words.things import A_GAME, AN_INVOICE, NAMED_INVOICE, THE_ORGANIZATION
from words.voice import FEATURES, STREAMS


def texts() -> Iterator[str]:
    """Every text, in no particular order, some more than once."""
    yield from (VIEW, SOMETHING_ELSE, YOU, A_GAME, AN_INVOICE, NAMED_INVOICE, THE_ORGANIZATION)
    for sheet in SHEETS.values():
        yield from (sheet.title, sheet.unnamed)
        for standing in sheet.states.values():
            yield from (standing.label, standing.opens)
        for deed in sheet.deeds.values():
            yield from (deed.button, deed.done, *deed.into.values(), *deed.because.values())
    for actors in (BY, ACTORS, WAITED_FOR, TEAMS, ONES):
        yield from actors.values()
    for table in (OTHERS, STREAMS, FEATURES, FIELDS, OF_PART, PARTS, *TABLES.values()):
        yield from table.values()
    for explained in (TERMS, WHOM_TO_ASK):
        yield from (*explained, *explained.values())
    for failure in (*FAILURES.values(), *GENERAL.values()):
        yield from (failure.why, failure.fix)
