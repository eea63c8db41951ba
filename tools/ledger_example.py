"""The worked example of docs/ledger.md, from the code itself: ``python -m tools.ledger_example`` writes it anew."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from models.ledger.entries import Account, Entry, Posting, canonical_json, genesis

PAGE = Path(__file__).parent.parent / "docs" / "ledger.md"
BEGIN, END = "<!-- example:begin -->", "<!-- example:end -->"


def example() -> Entry:
    """The first entry of an invented organization: one statement of USD 1,000.00 of ads, 30 % of it shared."""
    statement = "statement/st_example"
    return Entry(
        organization_id="org_example",
        position=1,
        event="statement.issue",
        document_id=statement,
        command_id="issue/st_example",
        at=datetime(2026, 2, 1, 6, tzinfo=UTC),
        recorded_at=datetime(2026, 2, 1, 6, 0, 7, 250_000, tzinfo=UTC),
        currency="USD",
        postings=[
            Posting(Account.GROSS, statement, 1_000_003_333),
            Posting(Account.ROUNDING, statement, -3_333),
            Posting(Account.PLATFORM_SHARE, statement, -300_000_000),
            Posting(Account.UNCONFIRMED, statement, -700_000_000),
        ],
        previous_hash=genesis("org_example").hash,
    )


def text() -> str:
    """The example as Markdown."""
    entry = example()
    line = canonical_json({**json.loads(entry.canonical()), "hash": entry.hash()})
    return "\n".join(
        (
            "The genesis of `org_example`, the SHA-256 of `monetization ledger 1`, a line feed and `org_example`:",
            "```",
            entry.previous_hash,
            "```",
            "The canonical text of its first entry, in one line:",
            "```json",
            entry.canonical(),
            "```",
            "Its SHA-256, which is the hash of the entry and the `previous_hash` of the next:",
            "```",
            entry.hash(),
            "```",
            "So its line in `entries.jsonl` is:",
            "```json",
            line,
            "```",
        )
    )


def with_example(page: str) -> str:
    """The page with the present example between its markers."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{text()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_example(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
