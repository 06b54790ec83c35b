"""Rows of one kind as a table: a column a field, what a field lists as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import IO, Any

import msgspec
from msgspec import inspect

from tracker import cli, rows

BATCH = 10_000  # rows that are held at a time
Kind = type[rows.Row]


def columns(kind: Kind) -> dict[str, Any]:
    """Return a kind's fields, `kind` left out, each with its type as msgspec tells it.

    >>> list(columns(rows.Undo))[:2]
    ['undoes', 'reason']
    """
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: field.type for field in info.fields}


def _values(row: rows.Row, names: Iterable[str]) -> Iterator[Any]:
    for name in names:
        value = getattr(row, name)
        if isinstance(value, datetime):
            yield None if value.year == 1 else value
        elif isinstance(value, (str, int, float, type(None))):
            yield value
        else:
            yield msgspec.json.encode(value).decode()


def csv(kind: Kind, its: Iterable[rows.Row], out: IO[bytes]) -> int:
    """Write CSV, a heading first; return how many rows there were."""
    from tracker.print import formats

    names = list(columns(kind))
    count, left = 0, iter(its)
    while batch := list(islice(left, BATCH)):
        records = [dict(zip(names, map(_written, _values(row, names)), strict=True)) for row in batch]
        text = formats.as_csv(names, records)
        out.write((text.partition("\n")[2] if count else text).encode())
        count += len(batch)
    return count


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"
    return cli.harmless(value) if isinstance(value, str) else value


def parquet(kind: Kind, its: Iterable[rows.Row], out: IO[bytes]) -> int:
    """Write Parquet, times in UTC to the microsecond; return how many rows there were."""
    import pyarrow
    import pyarrow.parquet

    types = {name: _arrow(declared) for name, declared in columns(kind).items()}
    schema = pyarrow.schema(list(types.items()))
    count, left = 0, iter(its)
    writer = None
    while batch := list(islice(left, BATCH)):
        table = [
            dict(zip(types, map(_held, types.values(), _values(row, types)), strict=True)) for row in batch
        ]
        writer = writer or pyarrow.parquet.ParquetWriter(out, schema)
        writer.write_table(pyarrow.Table.from_pylist(table, schema))
        count += len(batch)
    if writer:
        writer.close()
    return count


def _held(column: Any, value: Any) -> Any:
    """Return a value as its column holds it: a block that is a number, in a column of names, as text."""
    import pyarrow

    return str(value) if value is not None and column == pyarrow.string() else value


def _arrow(declared: Any) -> Any:
    """Return the column type that holds every value of a field's type."""
    import pyarrow

    plain: dict[type, Any] = {
        inspect.BoolType: pyarrow.bool_(),
        inspect.IntType: pyarrow.int64(),
        inspect.FloatType: pyarrow.float64(),
        inspect.DateTimeType: pyarrow.timestamp("us", "UTC"),
    }
    if isinstance(declared, inspect.Metadata):
        return _arrow(declared.type)
    if isinstance(declared, inspect.UnionType):
        held = [one for one in declared.types if not isinstance(one, inspect.NoneType)]
        return _arrow(held[0]) if len(held) == 1 else pyarrow.string()
    return plain.get(type(declared), pyarrow.string())
