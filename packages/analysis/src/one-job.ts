// Whether traces can be ranks of one job: those ran on like devices, at one time, with the weights of one
// model. Traces that were only given together are not added up.
import type { KernelTrace } from '@flowsim/trace-schema'
import type { RankTrace } from './match-collectives.js'

type Given = Pick<RankTrace, 'trace' | 'operations'>

/** Clocks of the nodes of a job differ by seconds; captures of other runs lie further apart. */
const MOST_APART_NS = 3_600_000_000_000n

/** Products of fewer widths may be those of one part of a model alone. */
const LEAST_WIDTHS = 3

/** Clocks that count from 1970 show at least the year 2001; others count from the start of a machine. */
const LEAST_DATE_NS = 10n ** 18n

/**
 * What speaks against traces being ranks of one job, in words: other devices, other times, other models.
 * Nothing is said of what the traces do not tell. Models are told by the widths (n and k) of their matrix
 * products, which all ranks of a job share.
 */
export function notOneJob(inputs: readonly Given[]): string[] {
  const [first, ...others] = inputs
  if (first === undefined) return []
  const checks = [otherDevice, otherTime, otherModel]
  return checks.flatMap((check) => {
    for (const other of others) {
      const found = check(first, other)
      if (found !== undefined) return [found]
    }
    return []
  })
}

function otherDevice({ trace: a }: Given, { trace: b }: Given) {
  const [here, there] = [deviceNames(a), deviceNames(b)]
  if (here.length === 0 || there.length === 0) return undefined
  if (there.some((name) => here.includes(name))) return undefined
  return `${a.source} ran on ${here.join(', ')}, ${b.source} on ${there.join(', ')}`
}

function deviceNames({ devices }: KernelTrace): string[] {
  return [...new Set(devices.map(({ name }) => name))].filter((name) => name !== '')
}

function otherTime({ trace: a }: Given, { trace: b }: Given) {
  const [here, there] = [spanOf(a), spanOf(b)]
  if (here === undefined || there === undefined) return undefined
  const apart = here.from > there.to ? here.from - there.to : there.from - here.to
  if (apart <= MOST_APART_NS) return undefined
  return `${a.source} is of ${date(here.from)}, ${b.source} of ${date(there.from)}`
}

/** First start and last end on the clock; undefined where it does not tell a date. */
function spanOf({ baseTimeNs, kernels }: KernelTrace): { from: bigint; to: bigint } | undefined {
  const base = BigInt(baseTimeNs)
  if (base < LEAST_DATE_NS || kernels.length === 0) return undefined
  let end = 0
  for (const { startNs, durationNs } of kernels) end = Math.max(end, startNs + durationNs)
  return { from: base + BigInt(kernels[0]!.startNs), to: base + BigInt(end) }
}

function date(ns: bigint): string {
  return `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function otherModel(a: Given, b: Given) {
  const [here, there] = [widths(a), widths(b)]
  if (here.size < LEAST_WIDTHS || there.size < LEAST_WIDTHS) return undefined
  for (const width of there) if (here.has(width)) return undefined
  return `no matrix product of ${b.trace.source} has the widths of one of ${a.trace.source}: they run other models`
}

function widths({ operations }: Given): Set<string> {
  const found = new Set<string>()
  for (const { call } of operations ?? [])
    if (call?.op === 'matmul') found.add(`${call.n} ${call.k}`)
  return found
}
