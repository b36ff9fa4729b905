"""What the functions give back: the summary of a run, its tables, and the folder with its files."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, Union

from ._tables import Table


class Kept:
    """A folder that is removed with the result that holds it, or when Python ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="flowsim-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class Parsed:
    """Of ``parse``: the summary, the table of kernels, the folder of both."""

    summary: dict[str, Any]
    kernels: Table
    folder: Path
    _kept: Optional[Kept] = field(default=None, repr=False)


@dataclass(frozen=True)
class Simulated:
    """Of ``simulate``: the summary, kernels with measured and predicted times, the folder."""

    summary: dict[str, Any]
    kernels: Table
    folder: Path
    _kept: Optional[Kept] = field(default=None, repr=False)


@dataclass(frozen=True)
class Ran:
    """Of ``run``: summaries of the trace and of the prediction, kernels with measured and predicted times, the folder."""

    trace: dict[str, Any]
    summary: dict[str, Any]
    kernels: Table
    folder: Path
    _kept: Optional[Kept] = field(default=None, repr=False)

    @property
    def report(self) -> Path:
        """The page for a browser, which needs no network. Without ``output`` it goes with this object."""
        return self.folder / "report.html"


@dataclass(frozen=True)
class Served:
    """Of ``serving_run``: the metrics, a row for each request, a row for each batch, the folder."""

    metrics: dict[str, Any]
    requests: Table
    batches: Table
    folder: Path
    _kept: Optional[Kept] = field(default=None, repr=False)


def folder_for(output: Union[str, Path, None]) -> "tuple[Path, Optional[Kept]]":
    """The folder that was asked for, or one for as long as the result lives."""
    if output is not None:
        return Path(output), None
    kept = Kept()
    return kept.path, kept
