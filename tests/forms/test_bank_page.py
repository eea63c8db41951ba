"""The table of bank numbers in the documentation is what the rules say."""

from tools.bank_numbers import PAGE, with_table


def test_the_table_is_fresh() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page), "run: .venv/bin/python -m tools.bank_numbers"
