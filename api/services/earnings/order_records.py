"""An organization's own records of orders, read from a CSV file that it uploads."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from api.http.problems import MOST_ERRORS, FieldProblem, Problem
from models.comparison import OwnRecord
from models.money import MICROS
from words.voice import Sentence, joined

MOST_ROWS = 200_000
MOST_BEANS = 10**9
LONGEST_ID = 100
SEPARATOR_LINE = re.compile(r'"?sep=([,;\t])"?(?=[\r\n])', re.IGNORECASE)
"""What some spreadsheets write first, for others."""
GROUPED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
"""A thousand and more to some, and a few to others."""

COLUMNS = ("order_id", "beans", "amount", "refund", "day")
HEADER = Sentence(
    "The first row names the columns: order_id, and either beans (whole Beans) or amount (USD, such as 12.50); "
    "refund (in the same unit) and day (such as 2026-01-31) may be there too."
)

WANTED = {
    "order_id": Sentence("An order’s id has 1 to {most} characters.", most=LONGEST_ID),
    "beans": Sentence("Beans are a whole number from 0 to {most}.", most=MOST_BEANS),
    "amount": Sentence(
        "An amount in USD is from 0 to 10,000,000, such as 12.50, with a point and without separators."
    ),
    "day": Sentence("Write a day, such as 2026-01-31."),
}


class Unfit(ValueError):
    """A cell that is not what its column asks for."""


def read_own_records(content: bytes, bean_price_micros: int) -> list[OwnRecord]:
    """The orders of a file, each once.

    Args:
        content: CSV in UTF-8, with commas, semicolons or tabs between its cells.
        bean_price_micros: the base price of a Bean.

    Raises:
        Problem: what is wrong with the file, row by row; what it says is not repeated.
    """
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("not_utf8", Sentence("Save the file as CSV in UTF-8.")) from None
    if not written.strip():
        raise refused("empty", joined(Sentence("The file is empty."), HEADER))
    told = SEPARATOR_LINE.match(written)
    # Its line stays, empty, so that rows are counted as a spreadsheet counts them.
    written = written[told.end() :] if told else written
    first = written.lstrip().partition("\n")[0]
    delimiter = told[1] if told else max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    return orders(numbered(rows), {"beans": beans_in(bean_price_micros), "amount": amount_in(delimiter)})


def numbered(rows: "Iterator[list[str]]") -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers, as a spreadsheet counts them; without blank ones."""
    number = 0
    while True:
        number += 1
        try:
            row = next(rows, None)
        except csv.Error:
            raise refused("unreadable", Sentence("Row {row} cannot be read as CSV.", row=number)) from None
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield number, row


def orders(
    rows: Iterator[tuple[int, list[str]]], micros_of: Mapping[str, Callable[[str], int]]
) -> list[OwnRecord]:
    """The orders below a header; raises Problem with everything that is wrong, up to a limit.

    Args:
        micros_of: how the columns of money are read.
    """
    places = header(next(rows)[1])
    unit = "beans" if "beans" in places else "amount"
    found: list[OwnRecord] = []
    seen: dict[str, int] = {}
    errors: list[FieldProblem] = []

    def cell(row: int, cells: list[str], column: str, read: Callable[[str], object], wanted: str) -> object:
        try:
            return read(cells[places[column]].strip())
        except (Unfit, ValueError, IndexError):
            errors.append(problem_in(row, column, "unfit", WANTED[wanted]))
            return None

    for row, cells in rows:
        if len(found) == MOST_ROWS:
            raise refused(
                "too_many_rows",
                Sentence("The file has more than {count} orders; split it by days.", count=MOST_ROWS),
            )
        order_id = cell(row, cells, "order_id", known_as, "order_id")
        amount = cell(row, cells, unit, micros_of[unit], unit)
        refunded = cell(row, cells, "refund", or_else(0, micros_of[unit]), unit) if "refund" in places else 0
        day = cell(row, cells, "day", or_else(None, calendar_day), "day") if "day" in places else None
        if isinstance(order_id, str) and (before := seen.setdefault(order_id, row)) != row:
            twice = Sentence("The same order is in row {row}; every order may be there once.", row=before)
            errors.append(problem_in(row, "order_id", "duplicate", twice))
        if len(errors) >= MOST_ERRORS:
            break
        if isinstance(order_id, str) and isinstance(amount, int) and isinstance(refunded, int):
            found.append(OwnRecord(row, order_id, amount, refunded, day if isinstance(day, date) else None))
    if errors:
        raise Problem(422, "invalid_request", errors=errors[:MOST_ERRORS])
    if not found:
        raise refused("empty", Sentence("The file has a header but no orders."))
    return found


def header(cells: list[str]) -> Mapping[str, int]:
    """Which column is where; columns with other names are left alone."""
    names = [cell.strip().casefold() for cell in cells]
    if any(names.count(column) > 1 for column in COLUMNS):
        raise refused("wrong_header", joined(Sentence("A column is named twice."), HEADER))
    places = {name: place for place, name in enumerate(names) if name in COLUMNS}
    missing = "order_id" if "order_id" not in places else None
    if missing or ("beans" in places) == ("amount" in places):
        both = "beans" in places
        lacking = (
            "order_id"
            if missing
            else Sentence("one of beans and amount, not both")
            if both
            else Sentence("beans or amount")
        )
        raise refused(
            "wrong_header", joined(Sentence("The first row must name {what}.", what=lacking), HEADER)
        )
    return places


def known_as(text: str) -> str:
    """An order's id."""
    if not 1 <= len(text) <= LONGEST_ID or any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise Unfit
    return text


def beans_in(price_micros: int) -> Callable[[str], int]:
    """Reads Beans as what they are worth."""

    def read(text: str) -> int:
        match = re.fullmatch(r"([0-9]{1,10})(?:\.0*)?", text)
        if match is None or GROUPED.fullmatch(text) or int(match[1]) > MOST_BEANS:
            raise Unfit
        return int(match[1]) * price_micros

    return read


def amount_in(delimiter: str) -> Callable[[str], int]:
    """Reads amounts of a file; where semicolons are between cells, ``1.500`` may be a thousand and more."""

    def read(text: str) -> int:
        if delimiter == ";" and GROUPED.fullmatch(text):
            raise Unfit
        return micros(text)

    return read


def micros(text: str) -> int:
    """Reads an amount in the major unit, exactly."""
    match = re.fullmatch(r"([0-9]{1,8})(?:\.([0-9]{1,6}))?", text)
    if match is None:
        raise Unfit
    found = int(match[1]) * MICROS + int((match[2] or "0").ljust(6, "0"))
    if found > 10_000_000 * MICROS:
        raise Unfit
    return found


def calendar_day(text: str) -> date:
    """Reads a day."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise Unfit
    return date.fromisoformat(text)


def or_else(nothing: object, read: Callable[[str], object]) -> Callable[[str], object]:
    """Reads a cell that may be empty."""
    return lambda text: read(text) if text else nothing


def problem_in(row: int, column: str, code: str, detail: Sentence) -> FieldProblem:
    """What is wrong with a cell."""
    return FieldProblem(
        pointer=f"/file/{row}/{column}",
        code=code,
        detail=Sentence("Row {row}, {column}: {detail}", row=row, column=column, detail=detail),
    )


def refused(code: str, detail: Sentence) -> Problem:
    """A file that is not taken."""
    return Problem(422, "invalid_request", errors=[FieldProblem(pointer="/file", code=code, detail=detail)])
