"""The names in braces of the table's sentences, filled in from a document: its game, stream, period, amount, number."""

from collections.abc import Mapping

from models.documents import AnyDocument, Contract, Integration, Invoice, Launch, Payout, Statement
from models.money import Money
from words.voice import ENGLISH, FEATURES, NOBODY_KNOWN, STREAMS, Names, Voice

A_GAME, AN_INVOICE, THE_ORGANIZATION = "a game", "an invoice", "The organization"
NAMED_INVOICE = "invoice {number}"

GENERAL = ("organization", "who")
"""What any sentence may name."""

NAMED: Mapping[str, tuple[str, ...]] = {
    "contract": ("feature",),
    "integration": ("game", "feature"),
    "launch": ("game",),
    "statement": ("stream", "period", "amount"),
    "invoice": ("number", "amount"),
    "payout": ("invoice", "amount"),
}
"""What the sentences about each kind of document may name besides."""


def things(document: AnyDocument, names: Names = NOBODY_KNOWN, voice: Voice = ENGLISH) -> dict[str, str]:
    """What the names in braces stand for in a sentence about a document."""
    say = voice.translate
    found = {"organization": names.organization or say(THE_ORGANIZATION)}
    match document:
        case Contract():
            found["feature"] = say(FEATURES[document.feature])
        case Integration():
            found |= {
                "game": game(document.game_id, names, voice),
                "feature": say(FEATURES[document.feature]),
            }
        case Launch():
            found["game"] = game(document.game_id, names, voice)
        case Statement():
            found["stream"] = say(STREAMS[document.stream])
            found["period"] = voice.period(document.period_start, document.period_end)
            found["amount"] = voice.amount(document.net)
        case Invoice():
            found |= {"number": document.number, "amount": voice.amount(document.total)}
        case Payout():
            found |= {"invoice": invoice_of(document, names, voice), "amount": voice.amount(document.amount)}
    return found


def things_of_id(document_id: str, names: Names, voice: Voice) -> dict[str, str]:
    """What an id alone tells: the feature of a contract, the game and feature of an integration, the game of a launch."""
    match document_id.split("/"):
        case ["contract", feature]:
            return {"feature": voice.translate(FEATURES[feature])}
        case ["integration", game_id, feature]:
            return {"game": game(game_id, names, voice), "feature": voice.translate(FEATURES[feature])}
        case ["launch", game_id]:
            return {"game": game(game_id, names, voice)}
    return {}


def game(game_id: str, names: Names, voice: Voice) -> str:
    """What a game is called."""
    return names.games.get(game_id) or voice.translate(A_GAME)


def invoice_of(payout: Payout, names: Names, voice: Voice) -> str:
    """The invoice that a payout pays."""
    invoice = names.documents.get(payout.invoice_id)
    if not isinstance(invoice, Invoice):
        return voice.translate(AN_INVOICE)
    return voice.translate(NAMED_INVOICE).format(number=invoice.number)


def amount_of(document: AnyDocument) -> Money | None:
    """The money that a document is about."""
    match document:
        case Statement():
            return document.net
        case Invoice():
            return document.total
        case Payout():
            return document.amount
    return None
