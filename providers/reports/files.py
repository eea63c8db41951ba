"""Reports of earnings in files: CSV and Parquet, read in batches, so that a file of any size needs little memory.

The columns are the fields of ``models.earnings``; docs/earnings.md lists them. A file that is not whole is refused
before its first row is taken in; a row that cannot be read is told by its number, and the others go on.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import pyarrow.parquet as pa_parquet  # type: ignore[import-untyped]
from pydantic import AwareDatetime, BaseModel

from models.earnings import AdDay, Aside, OrderEvent, read_report, unread
from providers.reports.csv_rows import CsvRows, NoCsv
from providers.reports.parquet_cells import cells, fits

R = TypeVar("R", OrderEvent, AdDay)
Format = Literal["csv", "parquet"]
Numbered = tuple[int, R | Aside]

BATCH = 10_000
WHOLE_NUMBER = re.compile(r"(-?[0-9]{1,40})(?:\.0*)?")
GROUPED = re.compile(r"-?[0-9]{1,3}\.000")
"""A thousand and more to some, and a few to others."""
COUNTED = re.compile(r"[0-9]*")
PANDAS_INDEX = re.compile(r"__index_level_[0-9]+__")
FLAGS = {"true": True, "false": False}
WORDS = {
    int: "whole numbers",
    bool: "true or false",
    str: "texts",
    datetime: "moments with a time zone",
    date: "days",
}
"""What a column must hold, by the type of its field."""


class Unusable(Exception):
    """A file that cannot be read as a whole; the message is for people, and says what to do."""


class ReportFile(Generic[R]):
    """A file of reports of one kind that was found to be whole.

    Attributes:
        rows: how many there are, those that cannot be read included.

    Raises:
        Unusable: it is not: a column is missing, unknown or of the wrong type, it was cut off, or is no such file.
    """

    def __init__(self, path: Path, kind: type[R], format: Format | None = None) -> None:
        self.path: Path = path
        self.kind: type[R] = kind
        self.format: Format = format or ("parquet" if path.suffix.lower() in (".parquet", ".pq") else "csv")
        self.types: dict[str, type] = column_types(kind)
        try:
            self.rows: int = self._count()
        except Unusable:
            raise
        except NoCsv as error:
            raise Unusable(f"{path.name} {error}") from None
        except Exception as error:
            # Damage comes as whatever the reader of Parquet happens to stumble over.
            raise Unusable(
                f"{path.name} is no whole {self.format} file ({type(error).__name__}): it was cut off or damaged, or is of "
                "another format."
            ) from None

    def batches(self) -> Iterator[list[Numbered[R]]]:
        """The reports with the numbers of their rows, from 1 (the header is not counted, nor are empty lines)."""
        numbered = ((number, self._report(row)) for number, row in enumerate(self._rows(), 1))
        while batch := list(islice(numbered, BATCH)):
            yield batch

    def _report(self, row: dict[str, Any] | str) -> R | Aside:
        if isinstance(row, str):
            return unread(self.kind, {"text": row}, row)
        return read_report(self.kind, row)

    def _count(self) -> int:
        """How many rows there are; whatever keeps the file from being read to its end is raised."""
        if self.format == "parquet":
            return sum(1 for _ in self._parquet())
        file = CsvRows(self.path)
        self._names(file.header)
        return sum(1 for _ in file)

    def _rows(self) -> Iterator[dict[str, Any] | str]:
        return self._csv() if self.format == "csv" else self._parquet()

    def _csv(self) -> Iterator[dict[str, Any] | str]:
        file = CsvRows(self.path)
        names = self._names(file.header)
        nameless = [place for place, name in enumerate(names) if not name]
        columns = [
            (place, name, self.types[name] in (int, bool, datetime))
            for place, name in enumerate(names)
            if name
        ]
        for row in file:
            if isinstance(row, str):
                yield row
            elif any(row[place] and (place or not COUNTED.fullmatch(row[0])) for place in nameless):
                yield "it has a cell in a column without a name"
            else:
                yield {
                    name: self._cell(name, cell) if changes else cell
                    for place, name, changes in columns
                    if (cell := row[place])
                }

    def _parquet(self) -> Iterator[dict[str, Any] | str]:
        with pa_parquet.ParquetFile(self.path, page_checksum_verification=True) as file:
            written = file.schema_arrow.names
            names = self._names([("" if PANDAS_INDEX.fullmatch(name) else name) for name in written])
            for place, name in enumerate(names):
                kept = file.schema_arrow.field(place).type
                if name and not fits(kept, self.types[name]):
                    raise Unusable(f"The column {name} holds {kept}; it must hold {WORDS[self.types[name]]}.")
            for batch in file.iter_batches(batch_size=BATCH):
                columns = [
                    (name, list(cells(column, self.types[name])))
                    for name, column in zip(names, batch.columns, strict=True)
                    if name
                ]
                for number in range(batch.num_rows):
                    values = ((name, column[number]) for name, column in columns)
                    yield {name: value for name, value in values if value is not None}

    def _names(self, written: list[str]) -> list[str]:
        """The fields that columns are of; blanks and capitals do not matter, and a column without a name is of none."""
        names = [re.sub(r"[ \xa0]+", "_", name.strip().lower()) for name in written]
        required = [name for name, field in self.kind.model_fields.items() if field.is_required()]
        allowed = ", ".join(self.types)
        if missing := [name for name in required if name not in names]:
            raise Unusable(f"The column {missing[0]} is missing. The columns are: {allowed}.")
        if unknown := [
            said for said, name in zip(written, names, strict=True) if name and name not in self.types
        ]:
            # It may be a misspelt one that matters, such as is_sandbox.
            raise Unusable(
                f"There is no column {unknown[0][:60]!r} in such a file. The columns are: {allowed}."
            )
        if len(set(filter(None, names))) != len(list(filter(None, names))):
            raise Unusable("A column occurs twice.")
        return names

    def _cell(self, name: str, text: str) -> Any:
        wanted = self.types[name]
        if wanted is int and (number := WHOLE_NUMBER.fullmatch(text)):
            return text if GROUPED.fullmatch(text) else int(number[1])
        if wanted is datetime:
            return text.replace(" UTC", "Z") if text.endswith(" UTC") else text
        return FLAGS.get(text.lower(), text) if wanted is bool else text


def column_types(kind: type[BaseModel]) -> dict[str, type]:
    """The columns of a file of reports, and what each holds."""
    written_as: dict[Any, type] = {int: int, bool: bool, date: date, AwareDatetime: datetime}
    return {name: written_as.get(field.annotation, str) for name, field in kind.model_fields.items()}
