// Rows of collectives as a table of times: those of a network, whatever devices hang on it.
import { type CollectiveTime, PerfModelError } from '@flowsim/perf-model'
import { type CollectiveCall, dtypeBytes } from '@flowsim/trace-schema'
import { group, median } from 'd3-array'
import type { Row } from '../evaluate/columns.js'
import { measuredRow } from '../evaluate/measured-rows.js'

/**
 * Rows as `flowsim profile --nccl` and `flowsim external collect` write them: `op`, `num_gpus`, `message_bytes`,
 * `latency_us`. What was measured more than once has the median of its times.
 * @throws PerfModelError `invalid_dimension` that names row and column, `invalid_profile` for rows of several devices
 */
export function collectiveTimes(
  rows: readonly Row[],
  { source }: { source: string },
): CollectiveTime[] {
  const devices = new Set<string>()
  const times = rows.map((row, i): CollectiveTime => {
    try {
      const { call: read, latencyUs, gpu } = measuredRow('nccl', row)
      const call = read as Exclude<CollectiveCall, { op: 'barrier' }>
      if (gpu !== undefined) devices.add(gpu)
      const bytes = call.elements * dtypeBytes(call.dtype)
      return { op: call.op, devices: call.devices, bytes, latencyS: latencyUs / 1e6 }
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      const message = `${source}: row ${i + 1}: ${error.message}`
      throw new PerfModelError(error.code, message, { at: error.at, cause: error })
    }
  })
  if (devices.size > 1) {
    const names = [...devices].slice(0, 3).join(', ')
    throw new PerfModelError(
      'invalid_profile',
      `${source}: holds rows of several devices (${names}); keep those of one`,
      'gpu',
    )
  }
  const alike = group(times, ({ op, devices: count, bytes }) => `${op} ${count} ${bytes}`)
  return [...alike.values()].map((same) => ({
    ...same[0]!,
    latencyS: median(same, ({ latencyS }) => latencyS)!,
  }))
}
