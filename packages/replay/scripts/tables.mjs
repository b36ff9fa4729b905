// Writes the tables of docs/replay.md, each between its markers, from the traces of the test corpus.
//
//   FLOWSIM_CORPUS=… node scripts/tables.mjs
//
// Needs built packages (`npx -y pnpm@12.21.0 build` at the root) and about a minute.
import { readFileSync, writeFileSync } from 'node:fs'
import {
  acrossDevices,
  commonShare,
  durationsOn,
  faithfulness,
  launchSpread,
  load,
  quantile,
  traceNames,
} from './accuracy.mjs'

const corpus =
  process.env.FLOWSIM_CORPUS ?? new URL('../../../../shared/data', import.meta.url).pathname
const folder = `${corpus}/traces`
const page = new URL('../../../docs/replay.md', import.meta.url)

const short = (name) => name.replace('.trace.json.gz', '')
const percent = (share, digits = 2) => `${(100 * share).toFixed(digits)} %`
const us = (ns, digits = 1) => (ns / 1000).toFixed(digits)
const ms = (ns) => (ns / 1e6).toFixed(2)

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

const traces = new Map()
for (const name of traceNames(folder)) traces.set(short(name), await load(folder, name))

const faithful = [...traces].map(([name, trace]) => {
  const { graph, windowNs, measured, typical } = faithfulness(trace)
  const errors = typical.startErrorsNs
  return [
    name,
    String(graph.kernels.length),
    ms(windowNs),
    us(Math.max(...measured.startErrorsNs), 3),
    percent(typical.error),
    us(quantile(errors, 0.5)),
    us(quantile(errors, 0.9)),
    us(Math.max(...errors)),
    percent(Math.max(...errors) / windowNs),
  ]
})

const edges = [...traces].map(([name, trace]) => {
  const { edgesByKind: of, unlinked, unknownWaits } = faithfulness(trace).graph.report
  const inferred = of.InferredEvent + of.Occupancy + of.Handover + of.Queue
  return [
    name,
    of.Stream + of.Overlap,
    of.Launch + of.LaunchInside,
    of.Sync,
    of.Event,
    of.InferredEvent,
    of.Occupancy,
    of.Handover,
    unknownWaits,
    unlinked,
    percent(inferred / Object.values(of).reduce((a, b) => a + b, 0), 1),
  ]
})

const spreads = [...traces]
  .map(([name, trace]) => [name, launchSpread(trace)])
  .filter(([, { count }]) => count >= 20)
  .map(([name, { count, fromStart, fromEnd }]) => [
    name,
    String(count),
    fromStart.map((ns) => us(ns)).join(' / '),
    fromEnd.map((ns) => us(ns)).join(' / '),
  ])

const across = []
for (const model of ['transformers-qwen1.5-0.5b', 'transformers-bert-small']) {
  for (const [from, to] of [
    ['h100', 'mi300x'],
    ['mi300x', 'h100'],
  ]) {
    const source = traces.get(`${model}-${from}`)
    const target = traces.get(`${model}-${to}`)
    for (const [label, how, latencyModel] of [
      ['measured there', 'measured'],
      ['calibrated, relative', 'relative', 'calibrated'],
      ['calibrated', 'absolute', 'calibrated'],
      ['roofline', 'absolute', 'roofline'],
    ]) {
      const result = acrossDevices(source, target, durationsOn(source, target, how, latencyModel))
      across.push([
        `${model.replace('transformers-', '')}, ${from} to ${to}`,
        label,
        ms(result.predicted.endToEndNs),
        ms(result.truth.endToEndNs),
        percent(result.error, 1),
        percent(result.sumError, 1),
        percent(result.sumAsEndToEndError, 1),
      ])
    }
  }
}

const common = ['calibrated', 'roofline'].map((model) => {
  const shares = [...traces.values()].flatMap((trace) => commonShare(trace, model)?.share ?? [])
  return [model, String(shares.length), ...[0, 0.5, 1].map((q) => quantile(shares, q).toFixed(2))]
})

const tables = {
  faithful: table(
    [
      'trace',
      'kernels',
      'window, ms',
      'largest start error, measured lags, µs',
      'end to end, typical lags',
      'start error p50, µs',
      'p90, µs',
      'max, µs',
      'max, of the window',
    ],
    faithful,
  ),
  edges: table(
    [
      'trace',
      'stream',
      'launch',
      'sync',
      'event',
      'inferred event',
      'occupancy',
      'handover',
      'unknown waits',
      'unlinked kernels',
      'inferred share',
    ],
    edges,
  ),
  launches: table(
    ['trace', 'launches', 'from the start of the call, µs', 'from its end, µs'],
    spreads,
  ),
  across: table(
    [
      'from and to',
      'kernel times',
      'predicted, ms',
      'measured, ms',
      'error',
      'error of the kernel sum',
      'error if the sum were the end to end',
    ],
    across,
  ),
  common: table(['model', 'traces', 'smallest share', 'median', 'largest'], common),
}

let text = readFileSync(page, 'utf8')
for (const [name, content] of Object.entries(tables)) {
  const marked = new RegExp(`(<!-- table: ${name} -->)[^]*?(<!-- end -->)`)
  if (!marked.test(text)) throw new Error(`docs/replay.md: no place for the table "${name}"`)
  text = text.replace(marked, `$1\n\n${content}\n\n$2`)
}
writeFileSync(page, text)
