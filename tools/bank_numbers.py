"""The table of docs/bank-accounts.md, from the rules themselves: ``python -m tools.bank_numbers`` writes it anew."""

from pathlib import Path

from babel import Locale

from forms.bank.countries import NATIONAL
from forms.bank.numbers import BankCountry, NumberField, Route

PAGE = Path(__file__).parent.parent / "docs" / "bank-accounts.md"
BEGIN, END = "<!-- countries:begin -->", "<!-- countries:end -->"


def table() -> str:
    """The countries with numbers of their own, as Markdown."""
    names = Locale.parse("en").territories
    rows = sorted((str(names[country]), rules) for country, rules in NATIONAL.items())
    lines = ["| country of the bank | enough is | what they look like |", "|---|---|---|"]
    for name, rules in rows:
        ways = "<br>".join(route_in_code(route) for route in rules.routes)
        lines.append(f"| {name} | {ways} | {'; '.join(looks(rules))} |")
    return "\n".join(lines)


def route_in_code(route: Route) -> str:
    """The fields of a way."""
    return " + ".join(f"`{field}`" for field in route)


def looks(rules: BankCountry) -> list[str]:
    """What the numbers of a country look like."""
    return [
        f"{called(field, rules)}: {shape.words} (`{shape.example}`)" for field, shape in rules.shapes.items()
    ]


def called(field: NumberField, rules: BankCountry) -> str:
    """A field with what banks of the country call it, where that is another word."""
    label = rules.shapes[field].label
    plain = field.replace("_", " ")
    return f"`{field}`" if label.casefold() in (plain, "type of account") else f"`{field}` ({label})"


def with_table(page: str) -> str:
    """A page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
