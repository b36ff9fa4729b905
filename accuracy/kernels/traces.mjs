// Tables of real traces: kernels on the device that ran them, and one device's trace from another's.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { calibrated } from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { roofline } from '@flowsim/perf-model'
import { hardwareOfTrace } from '@flowsim/pipeline'
import { markdown, percent, Tally, whole } from './table.mjs'

const corpus =
  process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))
const SUFFIX = '.trace.json.gz'
const [H100, MI300X] = ['h100', 'mi300x']
const MODELS = ['transformers-qwen1.5-0.5b', 'transformers-bert-small']

/** The tables `traces`, `operations` and `across` of the page. */
export async function traceTables() {
  const traces = []
  for (const file of readdirSync(`${corpus}/traces`).sort()) {
    if (file.endsWith(SUFFIX)) traces.push(await load(file))
  }
  const known = traces.filter(({ hardware }) => hardware !== undefined)
  return {
    traces: tracesTable(traces),
    operations: known
      .map(operationsTable)
      .filter((text) => text !== '')
      .join('\n\n'),
    across: acrossTable(new Map(known.map((loaded) => [loaded.name, loaded]))),
  }
}

async function load(file) {
  const trace = await parseFile(`${corpus}/traces/${file}`)
  const operations = classifyTrace(trace)
  return {
    name: file.slice(0, -SUFFIX.length),
    trace,
    hardware: hardwareOfTrace(trace),
    items: itemsOf(trace, operations),
  }
}

/**
 * Operations with dimensions, each with the time of its kernels: its own, and the helpers that the same
 * operator call launched.
 */
function itemsOf({ kernels }, operations) {
  const items = []
  const byInstance = new Map()
  kernels.forEach((kernel, i) => {
    const { call, auxiliary } = operations[i]
    const item = { kernel, call, us: kernel.durationNs / 1000, auxiliary: auxiliary === true }
    items.push(item)
    if (kernel.opInstance === undefined) return
    const found = byInstance.get(kernel.opInstance)
    if (found === undefined) byInstance.set(kernel.opInstance, [item])
    else found.push(item)
  })
  for (const group of byInstance.values()) {
    const main = group.filter(({ auxiliary, call }) => !auxiliary && call !== undefined)
    if (main.length !== 1) continue
    for (const helper of group) if (helper.auxiliary) main[0].us += helper.us
  }
  return items
}

const answerable = ({ call, auxiliary, us }) => call !== undefined && !auxiliary && us > 0

function ask(model, call, hardware) {
  try {
    return model.estimate(call, hardware)
  } catch {
    return undefined
  }
}

function compare({ items, hardware }, model, groupOf) {
  const groups = new Map()
  for (const item of items.filter(answerable)) {
    const estimate = ask(model, item.call, hardware)
    if (estimate === undefined) continue
    const name = groupOf(item.call)
    if (!groups.has(name)) groups.set(name, new Tally())
    const { latencyS, p10S, p90S } = estimate
    groups.get(name).add(latencyS * 1e6, item.us, p10S * 1e6, p90S * 1e6)
  }
  return groups
}

function tracesTable(traces) {
  const rows = traces.map((loaded) => {
    const { name, hardware, items } = loaded
    const time = items.reduce((sum, { us }) => sum + us, 0)
    const head = [name, hardware?.name ?? 'not in the catalogue', whole(items.length)]
    if (hardware === undefined) return [...head, '-', '-', '-', '-', '-', '-']
    const all = compare(loaded, calibrated, () => '').get('')
    const plain = compare(loaded, roofline, () => '').get('')
    if (all === undefined) return [...head, '0', '-', '-', '-', '-', '-']
    return [
      ...head,
      `${whole(all.count)} (${percent(all.measured / time, 0)} of time)`,
      percent(all.mape),
      percent(all.weighted),
      percent(all.bias),
      percent(all.coverage, 0),
      percent(plain?.mape),
    ]
  })
  return markdown(
    [
      'trace',
      'device',
      'kernels',
      'predicted',
      'MAPE',
      'by time',
      'bias',
      'in p10–p90',
      'roofline MAPE',
    ],
    rows,
    [0, 1],
  )
}

function operationsTable(loaded) {
  const groups = [...compare(loaded, calibrated, ({ op }) => op)].sort(
    ([, a], [, b]) => b.measured - a.measured,
  )
  if (groups.length === 0) return ''
  const rows = groups.map(([op, tally]) => [
    op,
    whole(tally.count),
    `${(tally.measured / 1000).toFixed(2)} ms`,
    percent(tally.mape),
    percent(tally.weighted),
    percent(tally.bias),
  ])
  return [
    `**${loaded.name}** on \`${loaded.hardware.name}\``,
    markdown(['operation', 'count', 'time', 'MAPE', 'by time', 'bias'], rows),
  ].join('\n\n')
}

/** Operator calls of a trace in their order: operators that hold kernels, by name and arguments. */
function operatorsOf({ items }) {
  const calls = new Map()
  const order = []
  for (const item of items) {
    const { op, opInstance } = item.kernel
    if (op === undefined || opInstance === undefined) continue
    let call = calls.get(opInstance)
    if (call === undefined) {
      const shapes = op.args.map(({ dims }) => JSON.stringify(dims ?? null)).join()
      call = { name: op.name, key: `${op.name} ${shapes}`, items: [] }
      calls.set(opInstance, call)
      order.push(call)
    }
    call.items.push(item)
  }
  return order
}

/** Pairs the i-th call of an operator with the same arguments in one trace with the i-th in the other. */
function matched(a, b) {
  const waiting = new Map()
  for (const call of operatorsOf(b)) {
    if (!waiting.has(call.key)) waiting.set(call.key, [])
    waiting.get(call.key).push(call)
  }
  return operatorsOf(a).flatMap((call) => {
    const other = waiting.get(call.key)?.shift()
    return other === undefined ? [] : [[call, other]]
  })
}

const sumOf = (call) => call.items.reduce((sum, { kernel }) => sum + kernel.durationNs / 1000, 0)

function predictCall({ items }, model, hardware) {
  let us = 0
  for (const item of items) {
    if (item.auxiliary) continue
    const estimate = item.call && ask(model, item.call, hardware)
    if (!estimate) return undefined
    us += estimate.latencyS * 1e6
  }
  return us > 0 ? us : undefined
}

function acrossTable(traces) {
  const rows = []
  for (const model of MODELS) {
    for (const [from, to] of [
      [H100, MI300X],
      [MI300X, H100],
    ]) {
      const source = traces.get(`${model}-${from}`)
      const target = traces.get(`${model}-${to}`)
      if (source === undefined || target === undefined) continue
      const pairs = matched(source, target)
      const whole_ = operatorsOf(target).reduce((sum, call) => sum + sumOf(call), 0)
      const tallies = { calibrated: new Tally(), scaled: new Tally(), roofline: new Tally() }
      let predicted = 0
      for (const [call, other] of pairs) {
        const there = predictCall(call, calibrated, target.hardware)
        const here = predictCall(call, calibrated, source.hardware)
        const plain = predictCall(call, roofline, target.hardware)
        if (there === undefined || here === undefined || plain === undefined) continue
        const measured = sumOf(other)
        predicted += there
        tallies.calibrated.add(there, measured)
        tallies.scaled.add((sumOf(call) * there) / here, measured)
        tallies.roofline.add(plain, measured)
      }
      const { calibrated: ours } = tallies
      for (const [name, tally] of Object.entries(tallies)) {
        const total = tally.errors.length
        rows.push([
          `${model}: ${source.hardware.name} → ${target.hardware.name}`,
          name === 'scaled' ? 'measured × ratio of calibrated' : name,
          `${whole(total)} (${percent(ours.measured / whole_, 0)} of time)`,
          percent(tally.mape),
          percent(tally.quantile(0.5)),
          percent(tally.weighted),
          percent(tally.bias),
        ])
      }
      process.stderr.write(`${model} ${from} to ${to}: ${predicted.toFixed(0)} us predicted\n`)
    }
  }
  return markdown(
    ['trace predicted', 'from', 'operators', 'MAPE', 'median', 'by time', 'bias'],
    rows,
    [0, 1],
  )
}
