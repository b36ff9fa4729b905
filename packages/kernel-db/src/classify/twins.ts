// Kernels that were launched before the profiler started: no operator, no shapes. Where the same kernel
// with the same grid runs between the same neighbours elsewhere in the trace, it is the same step of
// another iteration or layer, and its dimensions hold. ROCm records the grid with the launch, so that
// these kernels have none: there, the duration has to be alike.
import type { KernelEvent, KernelOperation } from '@flowsim/trace-schema'
import { launchNumber } from './memo.js'
import { Streams } from './streams.js'

/** Neighbours on either side that have to be the same; fewer at the second try. */
const REACH = [2, 1]

/** Durations of one kernel on one shape differ by less than this factor. */
const ALIKE = 1.25

const NOTE = 'dimensions of the same kernel between the same neighbours elsewhere in the trace'

/** Kernels with dimensions, in the same place of different iterations or layers. */
interface Twins {
  /** null: their dimensions differ. */
  operation: KernelOperation | null
  shortestNs: number
  longestNs: number
}

/** Gives kernels without an operator the operation of their twins, where all twins agree. */
export function copyFromTwins(
  kernels: readonly KernelEvent[],
  operations: KernelOperation[],
): KernelOperation[] {
  const isLost = kernels.map(isLostKernel)
  const isWanting = (i: number) => isLost[i]! && lacksDimensions(operations[i]!)
  if (!kernels.some((_, i) => isWanting(i)) || !isLost.includes(false)) return operations
  const byGrid = kernels.every(({ grid, kind }, i) => !isLost[i] || kind !== 'kernel' || grid)
  const identities = identify(kernels, byGrid)
  const wanted = new Set(identities.filter((_, i) => isWanting(i)))
  const streams = [...byStream(kernels)]
  const result = [...operations]
  const done = new Set<number>()
  for (const reach of REACH) {
    const known = new Map<string, Twins>()
    const waiting: [number, string][] = []
    for (const order of streams) {
      order.forEach((i, position) => {
        if (!wanted.has(identities[i]!) || done.has(i)) return
        const key = surroundings(order, position, reach, identities)
        if (isLost[i]) waiting.push([i, key])
        else known.set(key, withTwin(known.get(key), operations[i]!, kernels[i]!.durationNs))
      })
    }
    for (const [i, key] of waiting) {
      const twins = known.get(key)
      if (twins === undefined || twins.operation === null) continue
      if (!byGrid && !isAlike(kernels[i]!.durationNs, twins)) continue
      if (twins.operation.call === undefined && twins.operation.auxiliary !== true) continue
      done.add(i)
      result[i] = copied(operations[i]!, twins.operation)
    }
  }
  return result
}

function isLostKernel({ op, tensors }: KernelEvent): boolean {
  return op === undefined && tensors === undefined
}

/** Dimensions are absent or estimated; what a fill belongs to, only its twin tells. */
function lacksDimensions({ op, call, missing, auxiliary }: KernelOperation): boolean {
  if (auxiliary === true || op === 'memcpy') return false
  return call === undefined || missing !== undefined || op === 'memset'
}

/** Numbers that are equal where name, bytes and, if asked for, grid and block are. */
function identify(kernels: readonly KernelEvent[], byGrid: boolean): Int32Array {
  const names = new Map<string, Map<number, number>>()
  let next = 0
  return Int32Array.from(kernels, (kernel) => {
    let launches = names.get(kernel.name)
    if (launches === undefined) {
      launches = new Map()
      names.set(kernel.name, launches)
    }
    const launch = byGrid ? launchNumber(kernel) : (kernel.bytes ?? 0)
    let number = launches.get(launch)
    if (number === undefined) {
      number = next++
      launches.set(launch, number)
    }
    return number
  })
}

function byStream(kernels: readonly KernelEvent[]): Iterable<number[]> {
  const streams = new Streams<number[]>(() => [])
  kernels.forEach((kernel, i) => {
    streams.of(kernel).push(i)
  })
  return streams.all()
}

function surroundings(
  order: readonly number[],
  position: number,
  reach: number,
  identities: Int32Array,
): string {
  let key = ''
  for (let at = position - reach; at <= position + reach; at++) {
    const i = order[at]
    key += `${i === undefined ? -1 : identities[i]} `
  }
  return key
}

function withTwin(twins: Twins | undefined, own: KernelOperation, durationNs: number): Twins {
  if (twins === undefined) {
    return { operation: own, shortestNs: durationNs, longestNs: durationNs }
  }
  const { operation, shortestNs, longestNs } = twins
  return {
    operation: operation !== null && agree(own, operation) ? operation : null,
    shortestNs: Math.min(shortestNs, durationNs),
    longestNs: Math.max(longestNs, durationNs),
  }
}

function isAlike(durationNs: number, { shortestNs, longestNs }: Twins): boolean {
  return durationNs * ALIKE >= shortestNs && durationNs <= longestNs * ALIKE
}

function agree(a: KernelOperation, b: KernelOperation): boolean {
  return (
    a.op === b.op &&
    a.auxiliary === b.auxiliary &&
    JSON.stringify(a.call) === JSON.stringify(b.call)
  )
}

function copied(own: KernelOperation, twin: KernelOperation): KernelOperation {
  const { missing: _, call: __, auxiliary: ___, ...rest } = own
  const { op, family, call, auxiliary } = twin
  if (auxiliary === true) return { ...rest, op, family, auxiliary }
  return { ...rest, op, family, ...(call === undefined ? {} : { call, missing: NOTE }) }
}
