"""The worked example of the documentation is what the code does."""

import hashlib

from tools.ledger_example import PAGE, example, with_example


def test_the_example_is_fresh() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_example(page), "run: .venv/bin/python -m tools.ledger_example"


def test_anybody_can_work_it_out() -> None:
    entry = example()
    assert hashlib.sha256(entry.canonical().encode()).hexdigest() in PAGE.read_text(encoding="utf-8")
    assert sum(posting.amount_micros for posting in entry.postings) == 0
