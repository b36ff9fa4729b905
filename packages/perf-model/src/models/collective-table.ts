// Collectives by a table of times, as a simulator of networks or a benchmark gives them; all else by another model.
// Between two sizes the time is a straight line in bytes, as in the latency-bandwidth model of collective-time.ts;
// below the smallest it is that of the smallest, above the largest it goes on as between the last two. Numbers of
// devices are not interpolated: algorithms change with them.
import {
  type CollectiveCall,
  dtypeBytes,
  type Estimate,
  type HardwareSpec,
  isCollective,
  type OpCall,
  opWork,
} from '@flowsim/trace-schema'
import { PerfModelError } from '../errors.js'
import { toEstimate } from '../estimate.js'
import type { EstimateOptions, EstimateQuestion, LatencyModel } from '../model.js'
import { rooflineSpread } from './spread.js'

/** The time of a collective of so many bytes: its whole tensor, as `elements` of the operation counts it. */
export interface CollectiveTime {
  op: CollectiveCall['op']
  devices: number
  bytes: number
  latencyS: number
}

/** Sizes of one operation among so many devices, rising, with their times. */
interface Curve {
  bytes: number[]
  seconds: number[]
}

/**
 * A model that takes the times of collectives from a table and those of everything else from `base`; also of
 * collectives among other numbers of devices.
 * @param options - `source` is named in the estimates
 * @throws PerfModelError `invalid_profile` for an empty table, two times of one collective or a time that is not one
 */
export function withCollectiveTimes(
  base: LatencyModel,
  times: Iterable<CollectiveTime>,
  { source }: { source: string },
): LatencyModel {
  return new CollectiveTable(base, curvesOf(times, source), source)
}

const MODEL = 'collectives'

/**
 * Whether an estimate is a time of such a table. It holds for the network that the table describes, so that between
 * devices it is not scaled by what was measured on another.
 */
export function isTableTime({ model }: Estimate): boolean {
  return model === MODEL
}

class CollectiveTable implements LatencyModel {
  readonly name: string

  constructor(
    private readonly base: LatencyModel,
    private readonly curves: ReadonlyMap<string, Curve>,
    private readonly source: string,
  ) {
    this.name = base.name
  }

  supports(call: OpCall, hardware: HardwareSpec, options?: EstimateOptions): boolean {
    return this.curveOf(call) !== undefined || this.base.supports(call, hardware, options)
  }

  estimate(call: OpCall, hardware: HardwareSpec, options?: EstimateOptions): Estimate {
    const curve = this.curveOf(call)
    if (curve === undefined) {
      const estimate = this.base.estimate(call, hardware, options)
      if (!isCollective(call) || call.devices === 1) return estimate
      const note = `${this.source} has no ${call.op} of ${call.devices} devices: ${estimate.model}`
      return { ...estimate, notes: [note, ...(estimate.notes ?? [])] }
    }
    const bytes = bytesOf(call)
    const networkS = timeOf(curve, bytes)
    const [smallest, largest] = [curve.bytes[0]!, curve.bytes.at(-1)!]
    const where =
      bytes < smallest ? ', below its sizes' : bytes > largest ? ', beyond its sizes' : ''
    return toEstimate(MODEL, call, hardware, {
      parts: { computeS: 0, memoryS: 0, launchS: 0, networkS },
      bound: 'network',
      work: opWork(call),
      spread: rooflineSpread(call, 'network'),
      profile: this.source,
      notes: [`time of ${this.source}${where}`],
    })
  }

  /** Tells the other model what it will be asked. */
  prepare(questions: Iterable<EstimateQuestion>): void {
    const { base } = this
    if (base.prepare === undefined) return
    base.prepare([...questions].filter(({ call }) => this.curveOf(call) === undefined))
  }

  private curveOf(call: OpCall): Curve | undefined {
    return isCollective(call) ? this.curves.get(`${call.op} ${call.devices}`) : undefined
  }
}

function bytesOf(call: OpCall): number {
  return 'elements' in call && 'dtype' in call ? call.elements * dtypeBytes(call.dtype) : 0
}

function timeOf({ bytes, seconds }: Curve, at: number): number {
  if (at <= bytes[0]!) return seconds[0]!
  const last = bytes.length - 1
  if (last === 0) return (seconds[0]! * at) / bytes[0]!
  let i = 1
  while (i < last && bytes[i]! < at) i++
  const slope = (seconds[i]! - seconds[i - 1]!) / (bytes[i]! - bytes[i - 1]!)
  // Beyond the table more bytes never take less time.
  const rise = at > bytes[last]! ? Math.max(0, slope) : slope
  return seconds[i]! + rise * (at - bytes[i]!)
}

function curvesOf(times: Iterable<CollectiveTime>, source: string): Map<string, Curve> {
  const invalid = (what: string) =>
    new PerfModelError('invalid_profile', `${source}: ${what}`, 'collectives')
  const byKind = new Map<string, CollectiveTime[]>()
  for (const time of times) {
    const key = `${time.op} ${time.devices}`
    if (!(time.latencyS > 0 && time.latencyS < Infinity && time.bytes > 0)) {
      throw invalid(`${key}, ${time.bytes} bytes: ${time.latencyS} s is not a time of a message`)
    }
    const known = byKind.get(key)
    if (known === undefined) byKind.set(key, [time])
    else known.push(time)
  }
  if (byKind.size === 0) throw invalid('holds no time of a collective')
  return new Map(
    [...byKind].map(([key, list]) => {
      const sorted = list.sort((a, b) => a.bytes - b.bytes)
      const twice = sorted.find(({ bytes }, i) => bytes === sorted[i + 1]?.bytes)
      if (twice !== undefined) throw invalid(`${key}, ${twice.bytes} bytes: has two times`)
      const bytes = sorted.map((each) => each.bytes)
      return [key, { bytes, seconds: sorted.map(({ latencyS }) => latencyS) }]
    }),
  )
}
