// Measured and predicted time of every kernel, as rows of a table.
import { type KernelOperation, type KernelTrace, type OpWork, opWork } from '@flowsim/trace-schema'
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
  const described = new Map<KernelOperation, { dimensions: string; work: OpWork | undefined }>()
  for (let i = 0; i < kernels.length; i++) {
    const kernel = kernels[i]!
    const operation = operations[i]!
    const { op, auxiliary, missing } = operation
    const estimate = estimates[i] ?? null
    // Equal operations are one object in most traces.
    let known = described.get(operation)
    if (known === undefined) {
      known = describe(operation)
      described.set(operation, known)
    }
    const { dimensions, work } = known
    const us = (seconds: number | undefined) =>
      seconds === undefined ? '' : Number((seconds * 1e6).toPrecision(6))
    yield [
      i,
      kernel.name,
      op ?? '',
      dimensions,
      kernel.startNs / 1000,
      kernel.durationNs / 1000,
      us(estimate?.latencyS),
      us(estimate?.p10S),
      us(estimate?.p90S),
      work?.flops ?? '',
      work === undefined ? (kernel.bytes ?? '') : work.readBytes + work.writeBytes,
      estimate?.bound ?? '',
      estimate?.model ?? '',
      estimate === null ? whyNone(op, auxiliary, missing) : doubtful[i] === 1 ? DOUBT : '',
    ]
  }
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
