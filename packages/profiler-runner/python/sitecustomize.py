"""Loads FlowSim's shape labels into a Python process that has this folder on PYTHONPATH.

Python imports one sitecustomize; if another is further down the path, it is run too.
"""

import os
import sys


def _run_next_sitecustomize(folder):
    from importlib.machinery import PathFinder

    others = [path for path in sys.path if os.path.abspath(path or ".") != folder]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    from importlib.util import module_from_spec

    spec.loader.exec_module(module_from_spec(spec))


def _install():
    folder = os.path.dirname(os.path.abspath(__file__))
    _run_next_sitecustomize(folder)
    if os.environ.get("FLOWSIM_SHAPE_LABELS") == "1":
        import flowsim_shapes

        flowsim_shapes.install()


try:
    _install()
except Exception as error:  # A profiler aid must never stop the program that it watches.
    print(f"flowsim: shape labels are off: {error!r}", file=sys.stderr)
