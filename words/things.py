"""The names in braces of the table's sentences, filled in from a document: its game, stream, period, amount, number."""

from collections.abc import Mapping

from models.documents import AnyDocument, Contract, Integration, Invoice, Launch, Payout, Statement
from models.money import Money
from words.voice import FEATURES, NOBODY_KNOWN, STREAMS, Names, Period, Sentence, Thing

A_GAME, AN_INVOICE, THE_ORGANIZATION = "a game", "an invoice", "The organization"
NAMED_INVOICE = "invoice {number}"

GENERAL = ("organization", "who", "has")
"""What any sentence may name; ``has`` is the verb that goes with ``who``, “has” or “have”, and English needs none."""

NAMED: Mapping[str, tuple[str, ...]] = {
    "contract": ("feature",),
    "integration": ("game", "feature"),
    "launch": ("game",),
    "statement": ("stream", "period", "amount"),
    "invoice": ("number", "amount"),
    "payout": ("invoice", "amount"),
}
"""What the sentences about each kind of document may name besides."""


def things(document: AnyDocument, names: Names = NOBODY_KNOWN) -> dict[str, Thing]:
    """What the names in braces stand for in a sentence about a document."""
    found: dict[str, Thing] = {"organization": names.organization or Sentence(THE_ORGANIZATION)}
    match document:
        case Contract():
            found["feature"] = Sentence(FEATURES[document.feature])
        case Integration():
            found |= {
                "game": game(document.game_id, names),
                "feature": Sentence(FEATURES[document.feature]),
            }
        case Launch():
            found["game"] = game(document.game_id, names)
        case Statement():
            found["stream"] = Sentence(STREAMS[document.stream])
            found["period"] = Period(document.period_start, document.period_end)
            found["amount"] = document.net
        case Invoice():
            found |= {"number": document.number, "amount": document.total}
        case Payout():
            found |= {"invoice": invoice_of(document, names), "amount": document.amount}
    return found


def things_of_id(document_id: str, names: Names) -> dict[str, Thing]:
    """What an id alone tells: the feature of a contract, the game and feature of an integration, the game of a launch."""
    match document_id.split("/"):
        case ["contract", feature]:
            return {"feature": Sentence(FEATURES[feature])}
        case ["integration", game_id, feature]:
            return {"game": game(game_id, names), "feature": Sentence(FEATURES[feature])}
        case ["launch", game_id]:
            return {"game": game(game_id, names)}
    return {}


def game(game_id: str, names: Names) -> str:
    """What a game is called."""
    return names.games.get(game_id) or Sentence(A_GAME)


def invoice_of(payout: Payout, names: Names) -> str:
    """The invoice that a payout pays."""
    invoice = names.documents.get(payout.invoice_id)
    return (
        Sentence(NAMED_INVOICE, number=invoice.number)
        if isinstance(invoice, Invoice)
        else Sentence(AN_INVOICE)
    )


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
