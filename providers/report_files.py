"""Reports of earnings in files: CSV and Parquet, read in batches, so that a file of any size needs little memory.

The columns are the fields of ``models.earnings``; docs/earnings.md lists them. A file that is not whole is refused
before its first row is read; a row that cannot be read is told by its number, and the others go on.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pa_csv  # type: ignore[import-untyped]
import pyarrow.parquet as pa_parquet  # type: ignore[import-untyped]
from pydantic import AwareDatetime, BaseModel

from models.earnings import AdDay, Aside, OrderEvent, read_report, unread

R = TypeVar("R", OrderEvent, AdDay)
Format = Literal["csv", "parquet"]
Numbered = tuple[int, R | Aside]

BATCH = 10_000
BLOCK_BYTES = 4 * 1024 * 1024
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,40}")
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
            if self.format == "csv":
                self._check_csv()
            self.rows = sum(batch.num_rows for batch in self._read([])) + len(self._broken)
        except pa.ArrowInvalid as error:
            raise Unusable(self._not_whole()) from error
        except (OSError, pa.ArrowException) as error:
            raise Unusable(f"{path.name} cannot be read as {self.format} ({type(error).__name__}).") from None

    def batches(self) -> Iterator[list[Numbered[R]]]:
        """The reports with the numbers of their rows, from 1 (the header is not counted, nor are empty lines)."""
        broken: list[tuple[int, str]] = []
        told, number = 0, 0
        for batch in self._read(broken):
            rows: list[Numbered[R]] = []
            for row in batch.to_pylist():
                number += 1
                while told < len(broken) and broken[told][0] == number:
                    rows.append((number, self._no_row(broken[told][1])))
                    told, number = told + 1, number + 1
                rows.append((number, read_report(self.kind, self._cells(row))))
            yield rows
        rest: list[Numbered[R]] = [(number, self._no_row(text)) for number, text in broken[told:]]
        if rest:
            yield rest

    def _read(self, broken: list[tuple[int, str]]) -> Iterator[pa.RecordBatch]:
        self._broken = broken
        batches = self._csv(broken) if self.format == "csv" else self._parquet()
        for batch in batches:
            for start in range(0, batch.num_rows, BATCH):
                yield batch.slice(start, BATCH)

    def _csv(self, broken: list[tuple[int, str]]) -> Iterator[pa.RecordBatch]:
        def note(row: Any) -> str:
            broken.append((row.number - 1, row.text))
            return "skip"

        yield from pa_csv.open_csv(
            self.path,
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(invalid_row_handler=note),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(self.types, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _check_csv(self) -> None:
        name = self.path.name
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                header = text = file.readline()
                while block := file.read(BLOCK_BYTES):
                    text = block
        except UnicodeDecodeError:
            raise Unusable(f"{name} is not UTF-8 throughout; save it as UTF-8.") from None
        if not header.strip():
            raise Unusable(f"{name} is empty; a CSV file begins with the names of its columns.")
        self._check_names(next(csv.reader([header])))
        if not text.endswith(("\n", "\r")):
            raise Unusable(f"{name} ends in the middle of a line: it was cut off. Fetch it again.")

    def _parquet(self) -> Iterator[pa.RecordBatch]:
        file = pa_parquet.ParquetFile(self.path)
        self._check_names(file.schema_arrow.names)
        for name in file.schema_arrow.names:
            kept, wanted = file.schema_arrow.field(name).type, self.types[name]
            if not fits(kept, wanted):
                raise Unusable(f"The column {name} holds {kept}; it must hold {WORDS[wanted]}.")
        return file.iter_batches(batch_size=BATCH)  # type: ignore[no-any-return]

    def _check_names(self, names: list[str]) -> None:
        required = [name for name, field in self.kind.model_fields.items() if field.is_required()]
        allowed = ", ".join(self.types)
        if missing := [name for name in required if name not in names]:
            raise Unusable(f"The column {missing[0]} is missing. The columns are: {allowed}.")
        if unknown := [name for name in names if name not in self.types]:
            # It may be a misspelt one that matters, such as is_sandbox.
            raise Unusable(
                f"There is no column {unknown[0][:60]!r} in such a file. The columns are: {allowed}."
            )
        if len(set(names)) != len(names):
            raise Unusable("A column occurs twice.")

    def _cells(self, row: dict[str, Any]) -> dict[str, Any]:
        if self.format == "parquet":
            return {name: value for name, value in row.items() if value is not None}
        cells: dict[str, Any] = {}
        for name, value in row.items():
            if value is None:
                continue
            wanted = self.types[name]
            if wanted is int and WHOLE_NUMBER.fullmatch(value):
                value = int(value)
            elif wanted is bool:
                value = FLAGS.get(value.lower(), value)
            cells[name] = value
        return cells

    def _no_row(self, text: str) -> Aside:
        return unread(self.kind, {"text": text}, "it has not as many cells as there are columns")

    def _not_whole(self) -> str:
        if self.format == "parquet":
            return f"{self.path.name} is no whole Parquet file: it was cut off, or is of another format."
        return f"{self.path.name} cannot be read as CSV: quotation marks do not match, or a line has no end."


def column_types(kind: type[BaseModel]) -> dict[str, type]:
    """The columns of a file of reports, and what each holds."""
    written_as: dict[Any, type] = {int: int, bool: bool, date: date, AwareDatetime: datetime}
    return {name: written_as.get(field.annotation, str) for name, field in kind.model_fields.items()}


def fits(kept: pa.DataType, wanted: type) -> bool:
    """Whether a Parquet column can hold what is wanted."""
    if pa.types.is_dictionary(kept):
        kept = kept.value_type
    text = pa.types.is_string(kept) or pa.types.is_large_string(kept)
    if wanted is int:
        return bool(pa.types.is_integer(kept))
    if wanted is bool:
        return bool(pa.types.is_boolean(kept))
    if wanted is datetime:
        return text or (pa.types.is_timestamp(kept) and kept.tz is not None)
    return text or (wanted is date and pa.types.is_date(kept))
