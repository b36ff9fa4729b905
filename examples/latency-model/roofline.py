"""A latency model in Python: a roofline, as LLMCompass begins with one.

    flowsim estimate matmul --hardware h100_sxm --set m=4096 --set n=4096 --set k=4096 --dtype bf16 \
        --model command --command "python3 examples/latency-model/roofline.py"

It reads a question a line from stdin and answers a line each on stdout. The words are those of docs/external.md.
"""

import json
import sys

BYTES = {"fp32": 4, "tf32": 4, "fp16": 2, "bf16": 2, "fp8_e4m3": 1, "int8": 1}


def seconds(op, dims, dtype, device):
    """Seconds of an operation: the longer of computing and of moving each operand once, and the launch."""
    is_product = op in ("matmul", "bmm")
    if is_product:
        m, n, k, batch = dims["m"], dims["n"], dims["k"], dims.get("batch", 1)
        flops, elements = 2 * batch * m * n * k, batch * (m * k + k * n + m * n)
    elif op == "gelu":
        flops, elements = 8 * dims["elements"], 2 * dims["elements"]
    elif op in ("softmax", "layernorm", "rmsnorm"):
        flops, elements = 8 * dims["rows"] * dims["cols"], 2 * dims["rows"] * dims["cols"]
    else:
        return None
    peak = device["matrixFlopsPerS"][dtype] if is_product else device["vectorFlopsPerS"]["fp32"]
    dram = next(level for level in device["memory"] if level["name"] == "dram")
    memory = elements * BYTES[dtype] / dram["bandwidthBytesPerS"]
    return max(flops / peak, memory) + device["kernelLatencyS"]


for line in sys.stdin:
    asked = json.loads(line)
    try:
        time = seconds(asked["op"], asked["dims"], asked["dtype"], asked["hardware"]["device"])
        answer = {"unsupported": f"no model of {asked['op']}"} if time is None else {"seconds": time}
    except (KeyError, TypeError) as error:
        answer = {"unsupported": f"{type(error).__name__}: {error}"}
    print(json.dumps({"id": asked["id"], **answer}), flush=True)
