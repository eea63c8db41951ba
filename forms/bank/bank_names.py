"""The names of banks, looked up by their codes in the register that comes with schwifty: no network is asked."""

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from forms.bank.accounts import read_bic


def bank_name(iban: str | None, swift_bic: str | None) -> str | None:
    """What the bank of an IBAN, or else of a SWIFT/BIC, is called; ``None`` where the register does not say."""
    return (name_by_iban(plain(iban)) if iban else None) or (
        name_by_bic(plain(swift_bic)) if swift_bic else None
    )


def plain(code: str) -> str:
    """A code as the register writes it."""
    return "".join(code.split()).upper()


def name_by_iban(iban: str) -> str | None:
    """By the bank code within an IBAN."""
    try:
        return IBAN(iban).bank_name
    except (SchwiftyException, ValueError):
        return None


def name_by_bic(swift_bic: str) -> str | None:
    """By a SWIFT/BIC; of a bank with several names the first."""
    bic = read_bic(swift_bic)
    return next(iter(bic.bank_names), None) if bic else None
