#!/usr/bin/env bash
# Makes the demo trace again; run from the project's root after `pnpm build`.
set -euo pipefail
node apps/cli/dist/flowsim.js synth --model llama-3.1-8b --layers 4 --hardware h100_sxm --tp 2 \
  --batch 8 --isl 512 --osl 6 --seed 1 \
  -o examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz
