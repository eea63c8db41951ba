"""The rows of a CSV file, each by itself: what is wrong with one leaves the others as they are.

A row may go over several lines where a cell is quoted. It is read so only if what results is well-formed; otherwise a
quotation mark is stray, and its line alone is malformed.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

LONGEST_ROW = 1024 * 1024
"""Characters; nothing that is reported comes near it."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEPARATORS = ",;\t|"
SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)
OTHER_FORMATS = {
    b"PAR1": "is Parquet; add --format parquet",
    b"PK\x03\x04": "is a spreadsheet or an archive; save it as CSV",
    b"PK\x05\x06": "is an archive, and an empty one",
    b"\xd0\xcf\x11\xe0": "is a spreadsheet; save it as CSV",
    b"\x1f\x8b": "is compressed; unpack it first",
    b"BZh": "is compressed; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed; unpack it first",
    b"\xfd7zX": "is compressed; unpack it first",
}

Row = list[str] | str
"""The cells of a row, or what is wrong with it."""


class NoCsv(Exception):
    """The file is no CSV at all, or not whole; the message goes on behind the file's name."""


def encoding_of(path: Path) -> str:
    """How a file's text is written, by its first bytes; UTF-8 unless they say otherwise."""
    with path.open("rb") as file:
        start = file.read(4)
    for magic, what in OTHER_FORMATS.items():
        if start.startswith(magic):
            raise NoCsv(f"{what}.")
    return next((name for mark, name in BYTE_ORDER_MARKS if start.startswith(mark)), "utf-8")


class CsvRows:
    """A CSV file.

    Attributes:
        header: the names of its columns, as they stand there.

    Raises:
        NoCsv: it is empty, of another format, or in an encoding that it does not name.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.encoding = path, encoding_of(path)
        with self._open() as file:
            self.header, self.separator = self._begin(file)

    def __iter__(self) -> Iterator[Row]:
        """The rows below the header; lines with nothing in them are none.

        Raises:
            NoCsv: the text is no text, or ends in the middle of a row.
        """
        with self._open() as file:
            self._begin(file)
            lines = Lines(file)
            try:
                while (line := lines.take()) is not None:
                    if line.strip():
                        yield self._row(line, lines)
            except UnicodeError:
                raise NoCsv(self._not_text()) from None

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")

    def _begin(self, file: TextIO) -> tuple[list[str], str]:
        try:
            line = first_written(file)
            told = SEPARATOR_LINE.fullmatch(line)
            if told:
                line = first_written(file)
        except UnicodeError:
            raise NoCsv(self._not_text()) from None
        if "\0" in line:
            raise NoCsv(self._not_text())
        if not line.strip():
            raise NoCsv("is empty; a CSV file begins with the names of its columns.")
        separator = told[1] if told else max(SEPARATORS, key=lambda sign: line.count(sign))
        return cells_of(line, separator) or [line], separator

    def _row(self, line: str, lines: "Lines") -> Row:
        if len(line) >= LONGEST_ROW:
            return "it is longer than any row can be"
        if line.count('"') % 2:
            taken = lines.until_marks_match(line)
            whole = "".join((line, *taken))
            if taken and self._well_formed(whole) and (found := cells_of(whole, self.separator)):
                return self._counted(found, whole)
            lines.put_back(taken)
        cells = cells_of(line, self.separator)
        if cells is None:
            if not line.endswith(("\n", "\r")):
                raise NoCsv("ends in the middle of a quoted cell: it was cut off. Fetch it again.")
            return "its quotation marks do not match"
        return self._counted(cells, line)

    def _counted(self, cells: list[str], text: str) -> Row:
        if len(cells) < len(self.header) and not text.endswith(("\n", "\r")):
            raise NoCsv("ends in the middle of a line: it was cut off. Fetch it again.")
        return cells if len(cells) == len(self.header) else "it has not as many cells as there are columns"

    def _well_formed(self, text: str) -> bool:
        sign = re.escape(self.separator)
        cell = rf'(?:"(?:[^"]|"")*+"|[^"{sign}\r\n]*+)'
        return re.fullmatch(rf"(?:{cell}{sign})*+{cell}(?:\r\n|\n|\r)?", text) is not None

    def _not_text(self) -> str:
        named = "UTF-8" if self.encoding.startswith("utf-8") else self.encoding.upper()
        return f"is not {named} throughout; save it as UTF-8."


def first_written(file: TextIO) -> str:
    """The next line with anything in it, or the beginning of an endless one; empty at the end of the file."""
    line = file.readline(LONGEST_ROW)
    while line and not line.strip():
        line = file.readline(LONGEST_ROW)
    return line


class Lines:
    """The lines of a file, some of which may be put back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._back: deque[str] = deque()

    def take(self) -> str | None:
        """The next line with its end; of an endless one, the beginning. ``None`` after the last."""
        if self._back:
            return self._back.popleft()
        line = self._file.readline(LONGEST_ROW)
        more = line
        while len(more) >= LONGEST_ROW and not more.endswith(("\n", "\r")):
            more = self._file.readline(LONGEST_ROW)
        return line or None

    def put_back(self, lines: list[str]) -> None:
        """Take these once more."""
        self._back.extendleft(reversed(lines))

    def until_marks_match(self, line: str) -> list[str]:
        """The lines after one whose quotation marks do not match, up to where they do, or to what a row can be."""
        taken: list[str] = []
        marks, size = line.count('"'), len(line)
        while marks % 2 and size < LONGEST_ROW and (following := self.take()) is not None:
            taken.append(following)
            marks, size = marks + following.count('"'), size + len(following)
        return taken


def cells_of(line: str, separator: str) -> list[str] | None:
    """The cells of one row; ``None`` if its quotation marks do not match."""
    if '"' not in line:
        return line.rstrip("\r\n").split(separator)
    try:
        [cells] = csv.reader([line], delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        return None
    return cells
