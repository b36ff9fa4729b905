"""The command ``flowsim`` as a process: how it is found, what its options are, how its errors are told."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Optional, Union

Word = Union[str, "os.PathLike[str]"]

#: The program of a clone that was built, beside which this package lies.
_BUILT = Path(__file__).resolve().parents[2] / "apps" / "cli" / "dist" / "flowsim.js"


class FlowSimError(Exception):
    """The command failed. The text is its one line: what, where, what to do."""

    def __init__(self, message: str, exit_code: Optional[int] = None, stderr: str = "", result: Any = None):
        super().__init__(message)
        #: 1 for a failure, 2 for wrong usage, None where the command was not found.
        self.exit_code = exit_code
        #: Everything that it wrote to stderr.
        self.stderr = stderr
        #: What it found all the same, as ``--fail-if`` does; else None.
        self.result = result


class FlowSimUsageError(FlowSimError):
    """The command was used wrongly: an option or a value that there is not."""


def command(*words: Word, **options: Any) -> Any:
    """Runs ``flowsim WORDS --OPTIONS --json`` and returns the JSON document that it prints.

    ``None`` and ``False`` leave an option out, ``True`` gives it without a value, a list repeats it.
    """
    text = text_of(*words, "--json", **options)
    return json.loads(text)


def version() -> str:
    """The version of the command."""
    return text_of("--version").strip()


def text_of(*words: Word, **options: Any) -> str:
    """Runs ``flowsim`` and returns what it prints on stdout."""
    arguments = [*_program(), *map(os.fspath, words), *option_words(options)]
    ran = subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", check=False)
    if ran.returncode == 0:
        return ran.stdout
    kind = FlowSimUsageError if ran.returncode == 2 else FlowSimError
    raise kind(_message(ran.stderr), ran.returncode, ran.stderr, _json_or_none(ran.stdout))


def option_words(options: dict[str, Any]) -> list[str]:
    """The words of options: ``ttft_slo=2`` is ``--ttft-slo 2``."""
    words: list[str] = []
    for name, value in options.items():
        flag = f"--{name.rstrip('_').replace('_', '-')}"
        for each in value if isinstance(value, (list, tuple)) else [value]:
            if each is True:
                words.append(flag)
            elif each is not None and each is not False:
                words += [flag, os.fspath(each) if isinstance(each, os.PathLike) else str(each)]
    return words


def _program() -> list[str]:
    """FLOWSIM in the environment, else the command on the PATH, else that of the clone around this file."""
    given = os.environ.get("FLOWSIM")
    if given:
        return shlex.split(given)
    found = shutil.which("flowsim")
    if found:
        return [found]
    node = shutil.which("node")
    if node and _BUILT.exists():
        return [node, str(_BUILT)]
    raise FlowSimError(
        "flowsim is not on the PATH: npm install -g @flowsim/cli, or name the command in FLOWSIM "
        '("node /path/to/apps/cli/dist/flowsim.js")'
    )


def _message(stderr: str) -> str:
    """The one line of an error, without the program's name."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    for line in reversed(lines):
        for start in ("flowsim: ", "error: "):
            if line.startswith(start):
                return line[len(start) :]
    return lines[-1] if lines else "flowsim failed and said nothing"


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
