// Measured and predicted time of every kernel, as rows of a table.
import {
  type Estimate,
  type KernelOperation,
  type KernelTrace,
  opWork,
} from '@flowsim/trace-schema'
import type { KernelPrediction } from './predict-kernels.js'

/** Columns of {@link kernelTimes}; times are microseconds. */
export const KERNEL_TIME_COLUMNS = [
  'index',
  'name',
  'op',
  'dimensions',
  'start_us',
  'measured_us',
  'predicted_us',
  'p10_us',
  'p90_us',
  'flops',
  'bytes',
  'bound',
  'model',
  'note',
] as const

/** One row for each kernel; empty cells where there is no estimate, with the reason in `note`. */
export function* kernelTimes(
  { kernels }: KernelTrace,
  operations: readonly KernelOperation[],
  { estimates, doubtful }: Pick<KernelPrediction, 'estimates' | 'doubtful'>,
): Generator<(string | number)[]> {
  const described = new Map<KernelOperation, ReturnType<typeof describe>>()
  const told = new Map<Estimate, ReturnType<typeof cellsOf>>()
  for (let i = 0; i < kernels.length; i++) {
    const kernel = kernels[i]!
    const operation = operations[i]!
    const { op, auxiliary, missing } = operation
    const estimate = estimates[i] ?? null
    // Equal operations are one object in most traces, and so are their estimates.
    let known = described.get(operation)
    if (known === undefined) {
      known = describe(operation)
      described.set(operation, known)
    }
    let cells = estimate === null ? NO_CELLS : told.get(estimate)
    if (cells === undefined) {
      cells = cellsOf(estimate!)
      told.set(estimate!, cells)
    }
    const { dimensions, work } = known
    yield [
      i,
      kernel.name,
      op ?? '',
      dimensions,
      kernel.startNs / 1000,
      kernel.durationNs / 1000,
      cells.latencyUs,
      cells.p10Us,
      cells.p90Us,
      work?.flops ?? '',
      work === undefined ? (kernel.bytes ?? '') : work.readBytes + work.writeBytes,
      cells.bound,
      cells.model,
      estimate === null ? whyNone(op, auxiliary, missing) : doubtful[i] === 1 ? DOUBT : '',
    ]
  }
}

const NO_CELLS = { latencyUs: '', p10Us: '', p90Us: '', bound: '', model: '' }

/** What a row says of an estimate. */
function cellsOf({ latencyS, p10S, p90S, bound, model }: Estimate) {
  const us = (seconds: number) => Number((seconds * 1e6).toPrecision(6))
  return { latencyUs: us(latencyS), p10Us: us(p10S), p90Us: us(p90S), bound, model }
}

function describe({ call, auxiliary }: KernelOperation) {
  return {
    dimensions: call === undefined ? '' : JSON.stringify({ ...call, op: undefined }),
    work: call === undefined || auxiliary === true ? undefined : opWork(call),
  }
}

const DOUBT = 'doubtful: its dimensions imply more than the device can do in its time'

function whyNone(op: string | null, auxiliary?: boolean, missing?: string): string {
  if (op === null) return 'unknown kernel'
  if (auxiliary === true) return "part of another kernel's operation"
  return missing ?? 'no answer from the model'
}
