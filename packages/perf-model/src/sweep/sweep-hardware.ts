// Design-space exploration: an LLMCompass template with some of its fields varied, each point timed on a
// workload and measured in area, and the Pareto front of all points.
import { chipArea } from '../area/chip-area.js'
import { type DesignCost, designCost } from '../area/design-cost.js'
import { PerfModelError } from '../errors.js'
import { type LlmcompassTemplate, templateHardware } from '../hardware/llmcompass-template.js'
import { readTemplate } from '../hardware/read.js'
import type { EstimateOptions, LatencyModel } from '../model.js'
import { roofline } from '../models/roofline.js'
import type { CountedCall } from '../transformer-block.js'
import { ModeTime, type OtherMode } from './mode-time.js'
import { type Aims, paretoFront } from './pareto.js'

/** What a design is judged by. */
export interface SweepWorkload {
  /** Operations whose time is the latency. */
  latency: readonly CountedCall[]
  /** Operations whose time gives the throughput. */
  throughput: readonly CountedCall[]
  /** What one pass of `throughput` yields, such as tokens. */
  yields: number
}

/** Values to try by the JSON path of a template field, such as `device.compute_chiplet.core_count`. */
export type SweepAxes = Readonly<Record<string, readonly (number | string)[]>>

/** How a sweep is run. */
export interface SweepOptions extends EstimateOptions {
  /** Model that times the operations; the roofline by default. */
  model?: LatencyModel
  /** Designs whose device needs more area are left out; 900 is about what can be exposed at once. */
  maxAreaMm2?: number
}

/** One design. */
export interface SweepPoint extends Aims {
  /** Value of every axis, in the order of the axes. */
  values: (number | string)[]
  /** Of all devices of the system, as the area. */
  cost: DesignCost
}

/** All designs of a sweep. */
export interface SweepResult {
  axes: string[]
  /** In the order of the axes, the last one fastest. */
  points: SweepPoint[]
  /** Those that no other beats in latency, throughput and area together. */
  front: SweepPoint[]
  /** Designs beyond `maxAreaMm2`. */
  tooLarge: number
  /** Operations that the mode has no layout for, and the mode that timed them; null if there are none. */
  otherMode: OtherMode | null
}

/** More designs than this are refused before any is timed. */
const MOST_POINTS = 1_000_000

/** Fields that count the same thing on the chip; one follows the other unless it is an axis itself. */
const FOLLOWERS: Readonly<Record<string, string>> = {
  'device.compute_chiplet.core_count': 'device.compute_chiplet.physical_core_count',
  'device.io.global_buffer_MB': 'device.io.physical_global_buffer_MB',
  'device.io.memory_channel_active_count': 'device.io.memory_channel_physical_count',
}

/**
 * Times and measures every combination of the axes' values. Area is that of all devices of the system.
 * Physical counts (of cores, L2, memory channels) grow with the active ones in the template's ratio
 * unless they are axes themselves.
 * @param workload - what to time, or a function of the design where the operations depend on it
 * @throws PerfModelError `invalid_hardware` for a path that the template lacks or a value that it refuses
 *   (`field` is the path), `invalid_dimension` for more than a million points, and what the model throws
 */
export function sweepHardware(
  template: LlmcompassTemplate,
  axes: SweepAxes,
  workload: SweepWorkload | ((design: LlmcompassTemplate) => SweepWorkload),
  options: SweepOptions = {},
): SweepResult {
  const { model = roofline, maxAreaMm2 = Infinity, ...estimateOptions } = options
  const design = structuredClone(template)
  const fields = Object.entries(axes).map(([path, values]) => axisField(design, axes, path, values))
  const total = fields.reduce((product, { values }) => product * values.length, 1)
  if (total > MOST_POINTS) {
    throw new PerfModelError(
      'invalid_dimension',
      `axes: ${total} designs are more than ${MOST_POINTS}; take fewer values`,
      'axes',
    )
  }
  const timed = new ModeTime(model, estimateOptions)
  const points: SweepPoint[] = []
  let tooLarge = 0
  const at = fields.map(() => 0)
  for (let point = 0; point < total; point++) {
    for (const [axis, field] of fields.entries()) field.set(field.values[at[axis]!]!)
    const device = chipArea(design).totalMm2
    if (device > maxAreaMm2) tooLarge++
    else {
      const hardware = templateHardware(design, design.name)
      const { latency, throughput, yields } =
        typeof workload === 'function' ? workload(design) : workload
      const time = (calls: readonly CountedCall[]) => {
        let sum = 0
        for (const { call, count } of calls) {
          if (count > 0) sum += count * timed.seconds(call, hardware)
        }
        return sum
      }
      points.push({
        values: fields.map(({ values }, axis) => values[at[axis]!]!),
        latencyS: time(latency),
        throughputPerS: yields / time(throughput),
        areaMm2: device * design.device_count,
        cost: costOfAll(design),
      })
    }
    for (let axis = fields.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis]! + 1) % fields[axis]!.values.length
      if (at[axis] !== 0) break
    }
  }
  return {
    axes: Object.keys(axes),
    points,
    front: paretoFront(points),
    tooLarge,
    otherMode: timed.other,
  }
}

function costOfAll(design: LlmcompassTemplate): DesignCost {
  const cost = designCost(design)
  const all = (usd: number | null) => (usd === null ? null : usd * design.device_count)
  return {
    diesUsd: all(cost.diesUsd),
    flawlessDiesUsd: all(cost.flawlessDiesUsd),
    memoryUsd: all(cost.memoryUsd),
    totalUsd: all(cost.totalUsd),
  }
}

interface AxisField {
  values: readonly (number | string)[]
  set(value: number | string): void
}

/** The field of an axis, each of whose values the template takes. */
function axisField(
  design: LlmcompassTemplate,
  axes: SweepAxes,
  path: string,
  values: readonly (number | string)[],
): AxisField {
  if (values.length === 0) throw invalidAxis(path, 'has no values')
  const field = fieldAt(design, path)
  if (field === undefined) throw invalidAxis(path, 'is not a field of the template')
  const follower = FOLLOWERS[path]
  const followed =
    follower === undefined || Object.hasOwn(axes, follower) ? undefined : fieldAt(design, follower)
  const ratio = followed === undefined ? 1 : Number(followed.get()) / Number(field.get())
  const set = (value: number | string) => {
    field.set(value)
    followed?.set(Math.ceil(Number(value) * ratio))
  }
  const before = field.get()
  for (const value of values) {
    field.set(value)
    readTemplate(design, `axis ${path}`)
  }
  field.set(before)
  return { values, set }
}

/** A number or text somewhere in a template. */
function fieldAt(design: LlmcompassTemplate, path: string) {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let parent: unknown = design
  for (const key of keys) parent = (parent as Record<string, unknown> | undefined)?.[key]
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, last))
    return undefined
  const holder = parent as Record<string, number | string>
  const value = holder[last]
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  return {
    get: () => holder[last]!,
    set: (next: number | string) => {
      holder[last] = next
    },
  }
}

function invalidAxis(path: string, what: string): PerfModelError {
  return new PerfModelError('invalid_hardware', `axis "${path}" ${what}`, path)
}
