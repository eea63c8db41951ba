"""Reading the chains back: every entry with its postings, and whether each is what it was when it was written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlmodel import Session

from models.ledger.checks import Checked, Difference
from models.ledger.entries import Account, Entry, Head, Posting, genesis, in_words
from storage.ledger.journal import ENTRIES, POSTINGS

ROWS_AT_ONCE = 5_000
ACCOUNTS = frozenset(Account)


def entries(session: Session, organization_id: str | None = None) -> Iterator[tuple[Entry, str]]:
    """All entries with the hash that is written beside each, by organization and position, one after the other."""
    key = (POSTINGS.c.organization_id, POSTINGS.c.position)
    written = select(ENTRIES).order_by(ENTRIES.c.organization_id, ENTRIES.c.position)
    lines = select(*key, POSTINGS.c.account, POSTINGS.c.document_id, POSTINGS.c.amount_micros).order_by(
        *key, POSTINGS.c.number
    )
    if organization_id is not None:
        written = written.where(ENTRIES.c.organization_id == organization_id)
        lines = lines.where(POSTINGS.c.organization_id == organization_id)
    postings = iter(session.execute(lines.execution_options(yield_per=ROWS_AT_ONCE)))
    line = next(postings, None)
    for row in session.execute(written.execution_options(yield_per=ROWS_AT_ONCE)):
        organization, position = row.organization_id, row.position
        own = []
        while line is not None and line[1] == position and line[0] == organization:
            own.append(Posting(line[2], line[3], line[4]))
            line = next(postings, None)
        entry = Entry(
            organization_id=organization,
            position=position,
            event=row.event,
            document_id=row.document_id,
            command_id=row.command_id,
            at=row.at,
            recorded_at=row.recorded_at,
            currency=row.currency,
            postings=own,
            previous_hash=row.previous_hash,
        )
        yield entry, row.hash


def check_chains(
    session: Session, anchors: Iterable[Head], organization_id: str | None = None
) -> tuple[Checked, Checked]:
    """Whether every entry balances and follows from the one before, and every anchor is still in its chain."""
    anchored = defaultdict[str, dict[int, str]](dict)
    for anchor in anchors:
        if organization_id in (None, anchor.organization_id):
            anchored[anchor.organization_id][anchor.position] = anchor.hash
    anchor_count = sum(map(len, anchored.values()))
    count, wrong, lost = 0, None, None
    last, open_anchors = genesis(""), dict[int, str]()
    for entry, written in entries(session, organization_id):
        if entry.organization_id != last.organization_id:
            lost = lost or missing(last, open_anchors)
            last = genesis(entry.organization_id)
            open_anchors = anchored.pop(entry.organization_id, {})
        count += 1
        wrong = wrong_with(entry, written, last)
        if wrong:
            break
        if open_anchors and open_anchors.pop(entry.position, written) != written:
            lost = lost or not_as_anchored(entry, written)
        last = Head(entry.organization_id, entry.position, written)
    else:
        lost = lost or missing(last, open_anchors)
        for name in sorted(anchored):
            lost = lost or missing(genesis(name), anchored[name])
    return (
        Checked(
            check="chains",
            compared="every ledger entry with its postings, its hash and the entry before it",
            count=count,
            difference=wrong,
        ),
        Checked(
            check="anchors",
            compared="every anchor kept outside the database with the entry that it names",
            count=anchor_count,
            difference=lost,
        ),
    )


def wrong_with(entry: Entry, written: str, last: Head) -> Difference | None:
    """What is wrong with an entry, given the one before it."""
    subject = f"entry {entry.position}"
    named = f"Ledger entry {entry.position} of {entry.organization_id} ({entry.event}, {entry.document_id})"

    def difference(expected: str, found: str, words: str) -> Difference:
        return Difference(
            organization_id=entry.organization_id,
            subject=subject,
            expected=expected,
            found=found,
            sentence=words,
        )

    if entry.position != last.position + 1:
        return difference(
            f"entry {last.position + 1}",
            subject,
            f"{named} comes where entry {last.position + 1} should be: entries are missing, or are there twice.",
        )
    if entry.previous_hash != last.hash:
        return difference(
            last.hash,
            entry.previous_hash,
            f"{named} does not follow from the entry before it: one of both was changed, moved or put in later.",
        )
    if off := sum(posting.amount_micros for posting in entry.postings):
        return difference(
            in_words(0, entry.currency),
            in_words(off, entry.currency),
            f"{named} does not balance: its debits and credits differ by {in_words(off, entry.currency)}.",
        )
    if (found := entry.hash()) != written:
        return difference(
            written,
            found,
            f"{named} was changed after it was written: it has the hash {found[:12]}… now, but was written "
            f"with {written[:12]}….",
        )
    if not entry.postings or any(
        posting.account not in ACCOUNTS or not posting.amount_micros for posting in entry.postings
    ):
        return difference(
            "postings to known accounts", "none, or others", f"{named} moves no money between known accounts."
        )
    return None


def missing(last: Head, open_anchors: dict[int, str]) -> Difference | None:
    """That a chain ends before an entry that was anchored."""
    if not open_anchors:
        return None
    position = min(open_anchors)
    return Difference(
        organization_id=last.organization_id,
        subject=f"entry {position}",
        expected=open_anchors[position],
        found="nothing",
        sentence=f"The ledger of {last.organization_id} ends with entry {last.position}, but entry {position} "
        "was anchored outside the database: entries are missing at its end.",
    )


def not_as_anchored(entry: Entry, written: str) -> Difference:
    """That another entry stands where one was anchored."""
    return Difference(
        organization_id=entry.organization_id,
        subject=f"entry {entry.position}",
        expected="the hash that was anchored",
        found=written,
        sentence=f"Ledger entry {entry.position} of {entry.organization_id} ({entry.event}, {entry.document_id}) is "
        "not the one that was anchored outside the database: the ledger was written anew from there on, or before.",
    )
