// The work of `flowsim estimate`.

import {
  type Estimate,
  isOpName,
  OP_NAMES,
  OPERATIONS,
  type OpCall,
  type OpName,
  parseDtype,
} from '@flowsim/trace-schema'
import { opCallSchema, schemaFaultText } from '@flowsim/trace-schema/zod'
import { loadHardware } from '../../inputs/hardware.js'
import { loadLatencyModel } from '../../inputs/latency-model.js'
import { CliError } from '../../program/errors.js'
import { say } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { formatNs } from '../../program/progress.js'
import type { EstimateFlags } from './flags.js'

export async function estimate(op: string, flags: EstimateFlags): Promise<void> {
  const call = readCall(op, flags)
  const hardware = await loadHardware(flags.hardware)
  const model = await loadLatencyModel(flags, hardware)
  const result = model.estimate(call, hardware, {
    l2: flags.l2,
    ...(flags.mode === undefined ? {} : { mode: flags.mode }),
  })
  if (flags.json) printJson(result)
  else printEstimate(call, result)
}

/** The operation that the flags describe. */
export function readCall(op: string, flags: Pick<EstimateFlags, 'set' | 'dtype' | 'l2'>): OpCall {
  if (!isOpName(op)) {
    throw new CliError('usage', `"${op}" is not an operation; one of ${OP_NAMES.join(', ')}`)
  }
  if (flags.l2 !== 'cold' && flags.l2 !== 'warm') {
    throw new CliError('usage', `--l2 ${flags.l2}: is neither cold nor warm`)
  }
  const dtype = parseDtype(flags.dtype)
  if (dtype === undefined) {
    throw new CliError('usage', `--dtype ${flags.dtype}: is not an element type that FlowSim knows`)
  }
  const dimensions = Object.fromEntries((flags.set ?? []).map(readDimension))
  const result = opCallSchema.safeParse({
    op,
    dtype,
    ...OPERATIONS[op].usual,
    ...withAliases(op, dimensions),
  })
  if (result.success) {
    const known = result.data
    const stray = Object.keys(withAliases(op, dimensions)).find((name) => !(name in known))
    if (stray === undefined) return known
    throw new CliError(
      'usage',
      `--set ${stray}: ${op} has no such dimension; it has ${fieldsOf(op)}`,
    )
  }
  const missing = result.error.issues
    .map(({ path }) => String(path[0]))
    .filter((field) => !(field in dimensions) && OPERATIONS[op].fields[field] !== undefined)
  if (missing.length === 0) throw new CliError('usage', `${op}: ${schemaFaultText(result.error)}`)
  const options = missing.map((field) => `--set ${field}=…`).join(' ')
  throw new CliError('usage', `${op}: ${missing.join(', ')} missing; add ${options}`)
}

/** Names of the dimensions of an operation. */
function fieldsOf(op: OpName): string {
  return Object.keys(OPERATIONS[op].fields).join(', ')
}

/** Short names that people use: `elements` of an operation on rows are one row. */
function withAliases(op: OpName, dimensions: Record<string, unknown>): Record<string, unknown> {
  const { elements, ...rest } = dimensions
  const { fields } = OPERATIONS[op]
  const isRow = 'rows' in fields && 'cols' in fields && !('elements' in fields)
  return elements !== undefined && isRow ? { rows: 1, cols: elements, ...rest } : dimensions
}

function readDimension(text: string): [string, unknown] {
  const at = text.indexOf('=')
  if (at < 1) throw new CliError('usage', `--set ${text}: expected name=value, such as m=4096`)
  const name = text.slice(0, at)
  const value = text.slice(at + 1)
  if (value === 'true' || value === 'false') return [name, value === 'true']
  if (/^\[.*\]$/.test(value)) {
    return [name, value.slice(1, -1).split(',').map(Number)]
  }
  const number = Number(value)
  return [name, value.trim() === '' || Number.isNaN(number) ? value : number]
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
