"""One function for each command whose result is data. Options not named here are passed on as they are."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Mapping, Optional, Union

from ._command import Word, command
from ._results import Parsed, Ran, Served, Simulated, folder_for
from ._tables import Table, as_table, best_format, read_table

Folder = Union[str, Path, None]


def parse(trace: Word, *, output: Folder = None, frames: Optional[str] = None, **options: Any) -> Parsed:
    """Kernels of a trace, with shapes, operators and what each does: ``flowsim parse``.

    Without ``output`` the files are kept for as long as the result is. ``stacks="none"`` is fastest.
    """
    folder, kept = folder_for(output)
    form = best_format(frames)
    options = {"raw": True, **options, "format": form}
    summary = command("parse", trace, output=folder, **options)
    path = next(Path(each) for each in summary["outputs"] if each.endswith(f".kernels.{form}"))
    return Parsed(summary, read_table(path, frames), folder, kept)


def analyze(*traces: Word, **options: Any) -> dict[str, Any]:
    """Where time goes: busy, idle and why, operations, layers, steps, ranks: ``flowsim analyze``."""
    return command("analyze", *traces, **options)


def diff(a: Word, b: Word, **options: Any) -> dict[str, Any]:
    """Two traces, matched kernel by kernel: ``flowsim diff``. What ``fail_if`` asks for raises FlowSimError."""
    return command("diff", a, b, **options)


def run(
    trace: Word, *, hardware: Optional[str] = None, output: Folder = None, frames: Optional[str] = None, **options: Any
) -> Ran:
    """Parses, predicts and reports: ``flowsim run``. Without ``hardware``, for the device that ran the trace."""
    folder, kept = folder_for(output)
    answer = command("run", trace, hardware=hardware, output=folder, **{"raw": True, **options})
    kernels = read_table(folder / "kernels.csv", frames)
    return Ran(answer["parse"], answer["simulation"], kernels, folder, kept)


def simulate(
    trace: Word, *, hardware: Optional[str] = None, output: Folder = None, frames: Optional[str] = None, **options: Any
) -> Simulated:
    """Predicts every kernel of a trace and the whole: ``flowsim simulate``."""
    folder, kept = folder_for(output)
    summary = command("simulate", trace, hardware=hardware, output=folder, **{"raw": True, **options})
    return Simulated(summary, read_table(folder / "kernels.csv", frames), folder, kept)


def replay(*traces: Word, **options: Any) -> dict[str, Any]:
    """The step from its dependencies, as measured, elsewhere or what if: ``flowsim replay``."""
    return command("replay", *traces, **options)


def estimate(op: str, *, hardware: str, dtype: Optional[str] = None, **dimensions: Any) -> dict[str, Any]:
    """The time of one operation: ``estimate("matmul", hardware="h100_sxm", m=8, n=4096, k=4096, dtype="bf16")``.

    Dimensions are the fields of docs/operations.md; ``model``, ``profile``, ``mode`` and ``l2`` are options.
    """
    options = {name: dimensions.pop(name) for name in ("model", "profile", "mode", "l2") if name in dimensions}
    sizes = [f"{name}={value}" for name, value in dimensions.items()]
    return command("estimate", op, hardware=hardware, dtype=dtype, set=sizes, **options)


def evaluate(file: Word, *, op: Optional[str] = None, **options: Any) -> dict[str, Any]:
    """Predictions against measured rows, with ``op``; or a trace against ``times``: ``flowsim evaluate``."""
    return command("evaluate", file, op=op, **options)


def calibrate(*files: Word, output: Word, **options: Any) -> dict[str, Any]:
    """A profile fitted to measured rows or to traces, written to ``output``: ``flowsim calibrate``."""
    return command("calibrate", *files, output=output, **options)


def serving_run(
    config: Union[Word, Mapping[str, Any]], *, output: Folder = None, frames: Optional[str] = None, **options: Any
) -> Served:
    """A deployment simulated request by request: ``flowsim serving run``.

    ``config`` is a YAML file, or a dictionary with its fields; files that a dictionary names are looked for from the
    current folder.
    """
    folder, kept = folder_for(output)
    with _configuration(config) as path:
        metrics = command("serving", "run", config=path, output=folder, **{"raw": True, **options})
    requests = read_table(folder / "requests.csv", frames)
    return Served(metrics, requests, read_table(folder / "batches.csv", frames), folder, kept)


def serving_sweep(
    config: Union[Word, Mapping[str, Any]],
    *,
    grid: Optional[Mapping[str, Any]] = None,
    output: Folder = None,
    frames: Optional[str] = None,
    **options: Any,
) -> Table:
    """Many simulations: ``serving_sweep(config, grid={"scheduler.maxNumSeqs": [64, 256]})``, one row for each."""
    folder, kept = folder_for(output)
    axes = [f"{name}={','.join(map(str, values))}" for name, values in (grid or {}).items()]
    with _configuration(config) as path:
        command("serving", "sweep", config=path, grid=axes, output=folder, **{"raw": True, **options})
    table = read_table(folder / "sweep.csv", frames)
    del kept
    return table


def query(source: Word, sql: str, *, frames: Optional[str] = None, **options: Any) -> Table:
    """SQL over kernels, operators, launches and annotations: ``flowsim query``. Needs DuckDB beside the command."""
    answer = command("query", source, sql, **options)
    return as_table([dict(zip(answer["columns"], row)) for row in answer["rows"]], frames)


def hardware(name: Optional[str] = None) -> Any:
    """The devices of the catalogue, or the description of one."""
    return command("hardware", "list") if name is None else command("hardware", "show", name)


def models(name: Optional[str] = None, **options: Any) -> Any:
    """The models of the catalogue, or the sizes and memory of one."""
    return command("models", "list", **options) if name is None else command("models", "show", name, **options)


class _configuration:
    """A configuration as a file: the one that was given, or one with the fields of a dictionary (JSON is YAML)."""

    def __init__(self, config: Union[Word, Mapping[str, Any]]):
        self._config = config
        self._file: Optional[Path] = None

    def __enter__(self) -> Word:
        if not isinstance(self._config, Mapping):
            return self._config
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=".", prefix=".flowsim-", delete=False) as file:
            json.dump(self._config, file)
        self._file = Path(file.name)
        return self._file

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.unlink()
