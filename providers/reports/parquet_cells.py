"""The cells of Parquet columns as Python has them; a value that Python cannot have spoils its own row only."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NANOSECONDS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
EXACT_FLOAT = 2**53


class Odd:
    """Stands for a value that no field takes, so that its row says which one."""

    def __repr__(self) -> str:
        return "a value that cannot be read"


ODD = Odd()


def fits(kept: pa.DataType, wanted: type) -> bool:
    """Whether a column can hold what is wanted; one that is null throughout can."""
    if pa.types.is_dictionary(kept):
        kept = kept.value_type
    if pa.types.is_null(kept):
        return True
    if wanted is int:
        return bool(pa.types.is_integer(kept) or pa.types.is_floating(kept) or pa.types.is_decimal(kept))
    if wanted is bool:
        return bool(pa.types.is_boolean(kept))
    if is_text(kept):
        return True
    if wanted is datetime:
        return bool(pa.types.is_timestamp(kept) and kept.tz is not None)
    return wanted is date and bool(pa.types.is_date(kept) or pa.types.is_timestamp(kept))


def is_text(kept: pa.DataType) -> bool:
    """Whether a column holds texts; some writers leave out that their bytes are UTF-8."""
    views = pa.types.is_string_view(kept) or pa.types.is_binary_view(kept)
    binary = pa.types.is_binary(kept) or pa.types.is_large_binary(kept)
    return bool(pa.types.is_string(kept) or pa.types.is_large_string(kept) or binary or views)


def cells(column: pa.Array, wanted: type) -> Iterator[Any]:
    """The values of a column: ``None`` where there is none, ``ODD`` where it is none that a field could take."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kept = column.type
    if pa.types.is_timestamp(kept):
        scale = NANOSECONDS[kept.unit]
        column = column.cast(pa.int64())
        yield from mapped(column, lambda count: moment(count * scale, wanted))
    elif pa.types.is_date(kept):
        per_day = 86_400_000 if pa.types.is_date64(kept) else 1
        column = column.cast(pa.int64() if pa.types.is_date64(kept) else pa.int32())
        yield from mapped(column, lambda count: (EPOCH + timedelta(days=count // per_day)).date())
    elif is_text(kept):
        views = pa.types.is_string_view(kept) or pa.types.is_binary_view(kept)
        large = views or pa.types.is_large_string(kept) or pa.types.is_large_binary(kept)
        column = column.cast(pa.large_binary() if large else pa.binary())
        yield from mapped(column, lambda raw: raw.decode())
    elif pa.types.is_floating(kept) or pa.types.is_decimal(kept):
        yield from mapped(column, whole)
    else:
        yield from column.to_pylist()


def mapped(column: pa.Array, change: Callable[[Any], Any]) -> Iterator[Any]:
    """The values of a column, changed; those that cannot be are odd."""
    for value in column.to_pylist():
        try:
            yield None if value is None else change(value)
        except (ValueError, OverflowError):
            yield ODD


def moment(nanoseconds: int, wanted: type) -> Any:
    """What lies so long after 1970: a moment, or the day that begins then."""
    found = EPOCH + timedelta(microseconds=nanoseconds // 1_000)
    if wanted is datetime:
        return found
    if nanoseconds % (86_400 * 1_000_000_000):
        raise ValueError("a moment within a day")
    return found.date()


def whole(number: Any) -> int | None:
    """A whole number that was kept as another kind of number; pandas writes "none" as not-a-number."""
    if number != number:
        return None
    if number != int(number) or (isinstance(number, float) and abs(number) > EXACT_FLOAT):
        raise ValueError("a fraction, or more than is exact")
    return int(number)
