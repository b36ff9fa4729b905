"""FlowSim from Python: each function runs the command ``flowsim`` and gives back what it found.

    import flowsim

    run = flowsim.run("trace.json.gz", hardware="b200_sxm")
    run.summary["predicted"]["endToEndNs"], run.kernels

Results are dictionaries with the words of ``flowsim COMMAND --json``; tables are frames of pandas or polars where one of
them is installed, else lists of dictionaries. An option ``--of-the-command VALUE`` is ``of_the_command=VALUE``.
"""

from ._command import FlowSimError, FlowSimUsageError, command, version
from ._functions import (
    analyze,
    calibrate,
    diff,
    estimate,
    evaluate,
    hardware,
    models,
    parse,
    query,
    replay,
    run,
    serving_run,
    serving_sweep,
    simulate,
)
from ._results import Parsed, Ran, Served, Simulated
from ._tables import Table

__all__ = [
    "FlowSimError",
    "FlowSimUsageError",
    "Parsed",
    "Ran",
    "Served",
    "Simulated",
    "Table",
    "analyze",
    "calibrate",
    "command",
    "diff",
    "estimate",
    "evaluate",
    "hardware",
    "models",
    "parse",
    "query",
    "replay",
    "run",
    "serving_run",
    "serving_sweep",
    "simulate",
    "version",
]
