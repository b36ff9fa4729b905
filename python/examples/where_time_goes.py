# %% [markdown]
# # Where the time goes, and what it would be on a B200
#
# Cells begin with `# %%`: VS Code, Spyder, PyCharm and Jupytext open this file as a notebook. It needs the package
# `flowsim` and the command; pandas or polars make frames of the tables, and without them they are lists.

# %%
from pathlib import Path

import flowsim

trace = Path(__file__).parents[2] / "examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz"

# %% Kernels, by operation
rows = flowsim.parse(trace, frames="rows").kernels
time_by_op: "dict[str, int]" = {}
for row in rows:
    op = row["op"] or row["kind"]
    time_by_op[op] = time_by_op.get(op, 0) + row["duration_ns"]
for op, ns in sorted(time_by_op.items(), key=lambda item: -item[1])[:5]:
    print(f"{op:12} {ns / 1e6:6.2f} ms")

# %% With pandas this is one line (skipped without it)
kernels = flowsim.parse(trace).kernels
if hasattr(kernels, "groupby"):
    print(kernels.groupby("op").duration_ns.sum().nlargest(5) / 1e6)

# %% The same kernels on other devices
for device in ("h200_sxm", "b200_sxm", "mi300x"):
    predicted = flowsim.simulate(trace, hardware=device, frames="rows").summary["predicted"]
    low, high = predicted["endToEndP10Ns"] / 1e6, predicted["endToEndP90Ns"] / 1e6
    print(f"{device:10} end to end {predicted['endToEndNs'] / 1e6:6.2f} ms  ({low:.2f} to {high:.2f})")

# %% One product, as its rows grow
for m in (1, 16, 256, 4096):
    made = flowsim.estimate("matmul", hardware="h100_sxm", m=m, n=4096, k=4096, dtype="bf16")
    print(f"m={m:<5} {made['latencyS'] * 1e6:7.1f} µs, bound by {made['bound']}")
