// The work of `flowsim sweep`.
import {
  PerfModelError,
  type SweepPoint,
  type SweepResult,
  sweepHardware,
  transformerCalls,
} from '@flowsim/perf-model'
import { readTemplate } from '@flowsim/perf-model/hardware'
import { counted, parseDtype } from '@flowsim/trace-schema'
import { loadLatencyModel } from '../../inputs/latency-model.js'
import { readJson } from '../../inputs/read-json.js'
import { csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { say, tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { formatNs, stage } from '../../program/progress.js'
import type { SweepFlags } from './flags.js'

export async function sweep(path: string, flags: SweepFlags): Promise<void> {
  const dtype = parseDtype(flags.dtype)
  if (dtype === undefined) {
    throw new CliError('usage', `--dtype ${flags.dtype}: is not an element type that FlowSim knows`)
  }
  if (flags.mode !== undefined && flags.model !== 'tile') {
    throw new CliError('usage', `--mode ${flags.mode}: only --model tile has modes`)
  }
  const axes = Object.fromEntries(flags.grid.map(readAxis))
  const json = await readJson(path)
  const model = await loadLatencyModel(
    { model: flags.model, ...(flags.command === undefined ? {} : { command: flags.command }) },
    undefined,
  )
  stage(`timing the designs of ${path}`)
  let result: SweepResult
  try {
    const template = readTemplate(json)
    const block = {
      width: flags.hiddenSize,
      heads: flags.heads,
      batch: flags.batch,
      sequence: flags.isl,
      tensorParallel: flags.tp ?? template.device_count,
      dtype,
    }
    result = sweepHardware(
      template,
      axes,
      {
        latency: transformerCalls({ ...block, phase: 'decode' }),
        throughput: transformerCalls({ ...block, phase: 'prefill' }),
        yields: flags.batch * flags.isl,
      },
      {
        model,
        ...(flags.mode !== undefined && { mode: flags.mode }),
        ...(flags.maxArea !== undefined && { maxAreaMm2: flags.maxArea }),
      },
    )
  } catch (error) {
    if (!(error instanceof PerfModelError)) throw error
    throw new CliError('failure', `${path}: ${error.message}`, { cause: error })
  }
  if (flags.output !== undefined) await Outputs.file(flags.output, tableOf(result, flags))
  if (flags.json) printJson({ model: flags.model, ...result })
  else printFront(result, flags)
}

/** Most values of one axis. */
const MOST_VALUES = 10_000

/** `field=4,5,6`, or `field=64:128:16`, both ends included. */
function readAxis(text: string): [string, (number | string)[]] {
  const at = text.indexOf('=')
  const values = text.slice(at + 1)
  if (at < 1 || values === '') {
    throw new CliError('usage', `--grid ${text}: expected field=a,b,c or field=from:to:step`)
  }
  const field = text.slice(0, at)
  const range = values.split(':').map(Number)
  if (range.length === 3 && range.every(Number.isFinite)) {
    const [from = 0, to = 0, step = 0] = range
    const count = Math.floor((to - from) / step + 1e-9) + 1
    if (!(count >= 1 && count <= MOST_VALUES)) {
      throw new CliError('usage', `--grid ${text}: has no value, or more than ${MOST_VALUES}`)
    }
    return [field, Array.from({ length: count }, (_, i) => from + i * step)]
  }
  return [
    field,
    values.split(',').map((value) => (Number.isNaN(Number(value)) ? value : Number(value))),
  ]
}

const COSTS = ['diesUsd', 'flawlessDiesUsd', 'memoryUsd', 'totalUsd'] as const
const COST_COLUMNS = ['dies_usd', 'flawless_dies_usd', 'memory_usd', 'total_usd']

/** Empty where no price is known, or no die comes from a wafer. */
function dollars(usd: number | null): string {
  return usd === null || usd === Infinity ? '' : String(usd)
}

function tableOf({ axes, points, front }: SweepResult, flags: SweepFlags): string {
  const best = new Set(front)
  const rows = points.map((point) => [
    ...point.values.map(String),
    String(point.latencyS),
    String(point.throughputPerS),
    String(point.areaMm2),
    ...COSTS.map((cost) => dollars(point.cost[cost])),
    best.has(point) ? '1' : '0',
  ])
  const header = [
    ...axes,
    'decode_latency_s',
    'prefill_tokens_per_s',
    'area_mm2',
    ...COST_COLUMNS,
    'pareto',
  ]
  return [...csvText([header, ...rows], flags)].join('')
}

function printFront(
  { axes, points, front, tooLarge, otherMode }: SweepResult,
  flags: SweepFlags,
): void {
  const right = { align: 'right' } as const
  const shown = [...front].sort((a, b) => a.latencyS - b.latencyS).slice(0, flags.top)
  const row = ({ values, latencyS, throughputPerS, areaMm2, cost }: SweepPoint) => [
    ...values.map(String),
    formatNs(latencyS * 1e9),
    Math.round(throughputPerS).toLocaleString('en'),
    `${areaMm2.toFixed(0)} mm²`,
    dollars(cost.totalUsd) === '' ? '–' : `$${Math.round(cost.totalUsd!).toLocaleString('en')}`,
  ]
  print(
    tableText(
      [
        ...axes.map((label) => ({ label: label.split('.').at(-1)!, ...right })),
        { label: 'decode', ...right },
        { label: 'tokens/s', ...right },
        { label: 'area', ...right },
        { label: 'cost', ...right },
      ],
      shown.map(row),
    ),
  )
  const more = front.length > shown.length ? `, ${shown.length} shown` : ''
  say(
    `\n${counted(points.length, 'design')} timed by ${flags.model}, ${front.length} that no other beats in all three${more}.`,
  )
  if (otherMode !== null)
    say(
      `No layout under ${flags.mode}, timed under ${otherMode.mode}: ${otherMode.ops.join(', ')}.`,
    )
  if (tooLarge > 0)
    say(`${counted(tooLarge, 'design')} with devices larger than ${flags.maxArea} mm².`)
  if (flags.output !== undefined) print(flags.output)
}
