// A process that asks a program one thing, with its own listeners of signals: ASKER WORKER-URL PROGRAM ARGUMENT.
import { findHardware } from '@flowsim/perf-model/hardware'
import type { OpCall } from '@flowsim/trace-schema'
import { CommandModel } from '../command/command-model.js'

const [url, ...command] = process.argv.slice(2)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(9))
const model = new CommandModel(command, { workerUrl: new URL(url!) })
model.supports(
  { op: 'matmul', dtype: 'bf16', m: 8, n: 8, k: 8 } as OpCall,
  findHardware('h100_sxm'),
)
