"""Tables: frames of pandas or polars where one is installed, else rows as dictionaries, by the standard library."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path
from typing import Any, Optional

#: A pandas.DataFrame, a polars.DataFrame, or a list of dictionaries.
Table = Any


def _has(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def kind_of_tables(frames: Optional[str] = None) -> str:
    """What tables are: "pandas", "polars" or "rows"; the first that is installed where ``frames`` does not say."""
    if frames is None:
        return next((name for name in ("pandas", "polars") if _has(name)), "rows")
    if frames not in ("pandas", "polars", "rows"):
        raise ValueError(f'frames: "{frames}" is not one of pandas, polars, rows')
    return frames


def best_format(frames: Optional[str] = None) -> str:
    """The file format that is read with the least loss: Parquet where something reads it, else CSV."""
    kind = kind_of_tables(frames)
    if kind == "polars" or (kind == "pandas" and (_has("pyarrow") or _has("fastparquet"))):
        return "parquet"
    return "csv"


def read_table(path: Path, frames: Optional[str] = None) -> Table:
    """A CSV or Parquet file as a table."""
    kind = kind_of_tables(frames)
    is_parquet = path.suffix == ".parquet"
    if kind == "pandas":
        import pandas

        return pandas.read_parquet(path) if is_parquet else pandas.read_csv(path)
    if kind == "polars":
        import polars

        return polars.read_parquet(path) if is_parquet else polars.read_csv(path, infer_schema_length=None)
    return _rows(path)


def as_table(rows: list[dict[str, Any]], frames: Optional[str] = None) -> Table:
    """Rows as a table."""
    kind = kind_of_tables(frames)
    if kind == "pandas":
        import pandas

        return pandas.DataFrame(rows)
    if kind == "polars":
        import polars

        return polars.DataFrame(rows, infer_schema_length=None)
    return rows


def _rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a CSV file. A column whose every value is a number has numbers; an empty value is None."""
    with path.open(newline="", encoding="utf-8") as file:
        names, *rows = csv.reader(file)
    columns = [_column([row[i] for row in rows]) for i in range(len(names))]
    return [dict(zip(names, values)) for values in zip(*columns)]


def _column(texts: list[str]) -> list[Any]:
    for number in (int, float):
        try:
            return [None if text == "" else number(text) for text in texts]
        except ValueError:
            continue
    return [None if text == "" else text for text in texts]
