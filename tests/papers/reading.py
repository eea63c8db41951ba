"""Files for spreadsheets, read back by the names of their columns."""

import csv
import io

from words.columns import COLUMNS

NAMES = {words: name for name, words in COLUMNS.items()}


def rows(made: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    found = csv.DictReader(io.StringIO(made.decode("utf-8-sig"), newline=""))
    return [{NAMES[words]: cell for words, cell in row.items()} for row in found]
