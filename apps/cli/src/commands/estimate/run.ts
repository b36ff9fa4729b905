// The work of `flowsim estimate`.

import type { Estimate, OpCall } from '@flowsim/trace-schema'
import { loadHardware } from '../../inputs/hardware.js'
import { loadLatencyModel } from '../../inputs/latency-model.js'
import { say } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { formatNs } from '../../program/progress.js'
import type { EstimateFlags } from './flags.js'
import { readCall } from './read-call.js'

export async function estimate(op: string, flags: EstimateFlags): Promise<void> {
  const call = readCall(op, flags)
  const hardware = await loadHardware(flags.hardware!)
  const model = await loadLatencyModel(flags, hardware)
  const result = model.estimate(call, hardware, {
    l2: flags.l2,
    ...(flags.mode === undefined ? {} : { mode: flags.mode }),
  })
  if (flags.json) printJson(result)
  else printEstimate(call, result)
}

function printEstimate(call: OpCall, result: Estimate): void {
  const { op, schema: _, ...dims } = call
  const seconds = (value: number) => formatNs(value * 1e9)
  say(
    `${op} ${Object.entries(dims)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  )
  say(
    `on ${result.hardware}, model ${result.model}${result.profile === null ? '' : `, profile ${result.profile}`}`,
  )
  print()
  say(
    `time       ${seconds(result.latencyS)}  (p10 ${seconds(result.p10S)}, p90 ${seconds(result.p90S)})`,
  )
  print(`bound by   ${result.bound}`)
  const { computeS, memoryS, launchS, networkS } = result.parts
  const parts = { compute: computeS, memory: memoryS, launch: launchS, network: networkS }
  const shown = Object.entries(parts).filter(([, value]) => value > 0)
  say(`parts      ${shown.map(([name, value]) => `${name} ${seconds(value)}`).join(', ')}`)
  print(
    `work       ${(result.flops / 1e9).toPrecision(4)} GFLOP, ${(result.bytes / 1e6).toPrecision(4)} MB`,
  )
  if (result.latencyS > 0) {
    const tflops = result.flops / result.latencyS / 1e12
    const gbytes = result.bytes / result.latencyS / 1e9
    print(`reached    ${tflops.toPrecision(4)} TFLOP/s, ${gbytes.toPrecision(4)} GB/s`)
  }
  for (const note of result.notes ?? []) say(`note       ${note}`)
}
