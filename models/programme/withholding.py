"""Tax that is withheld from payments to organizations; the platform's tax adviser owns these numbers.

They are placeholders with the right shape, not advice: a programme that pays real money replaces them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple, assert_never

from pydantic import BaseModel, ConfigDict, Field

TaxForm = Literal["W-9", "W-8BEN-E"]
"""The form by which a business says how the US taxes it; what each asks for is in ``forms/tax/forms.py``."""


class TaxRate(BaseModel):
    """A rate of withholding, from a day on.

    Attributes:
        country: ISO 3166 code of the country whose treaty it is; ``None``: the rate where no treaty applies.
        basis_points: the rate.
        since: the first day on which it applies; a later one of the same country takes its place.
        source: where the number is from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    basis_points: int = Field(ge=0, le=10_000)
    since: date
    source: str


WHOLE = 10_000
PLACEHOLDER = "placeholder, to be confirmed by the tax adviser"
SOMETIME = date(2000, 1, 1)
EPOCH = date(2026, 1, 1)


class Rates(NamedTuple):
    """Basis points by country, and of all other countries."""

    by_country: Mapping[str, int]
    otherwise: int


class Withholding(BaseModel):
    """Which part of the US-source net is withheld; the tax form on file decides.

    A W-9 says that the business is taxed in the US: nothing is withheld. A W-8BEN-E says in which other country
    it is taxed: the rate of its treaty, or the standard one. Before a form is on file nothing can be paid out; what
    is settled by then is settled at the rate to be expected from the verified country.

    Attributes:
        domestic: countries whose businesses are expected to file a W-9.
        table: all rates with their first days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    domestic: tuple[str, ...] = ("US",)
    table: tuple[TaxRate, ...] = (
        TaxRate(
            basis_points=3_000, since=SOMETIME, source="26 U.S.C. 1442 with 881: 30 % of US-source income"
        ),
        *(
            TaxRate(country=country, basis_points=basis_points, since=EPOCH, source=PLACEHOLDER)
            for country, basis_points in (
                ("DE", 0),
                ("FR", 0),
                ("GB", 0),
                ("JP", 0),
                ("CN", 1_000),
                ("KR", 1_000),
            )
        ),
    )

    def of_form(self, form: TaxForm, day: date) -> Rates:
        """What is withheld from whoever has filed a form, by the country that the form names."""
        match form:
            case "W-9":
                return Rates({}, 0)
            case "W-8BEN-E":
                return Rates(self.treaties(day), self.standard(day))
            case _:
                assert_never(form)

    def expected(self, day: date) -> Rates:
        """What is withheld before a form is on file, by the verified country."""
        return Rates(self.treaties(day) | dict.fromkeys(self.domestic, 0), self.standard(day))

    def standard(self, day: date) -> int:
        """Basis points where no treaty applies on a day: the whole if the table has none for it."""
        return self.on(day).get(None, WHOLE)

    def treaties(self, day: date) -> dict[str, int]:
        """Basis points by country on a day, where a treaty applies."""
        return {country: rate for country, rate in self.on(day).items() if country}

    def on(self, day: date) -> dict[str | None, int]:
        """The whole table as it is on a day."""
        begun = sorted((rate for rate in self.table if rate.since <= day), key=lambda rate: rate.since)
        return {rate.country: rate.basis_points for rate in begun}
