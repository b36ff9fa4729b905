// Writes the tables of docs/replay.md, each between its markers, from the traces of the test corpus.
//
//   FLOWSIM_CORPUS=… node accuracy/replay.mjs
//
// Needs built packages (`npx -y pnpm@12.21.0 build` at the root) and about a minute.
import { readFileSync, writeFileSync } from 'node:fs'
import { LEAST_PREDICTED } from '@flowsim/replay'
import { quantile } from 'd3-array'
import {
  acrossDevices,
  commonShare,
  faithfulness,
  hostNs,
  launchSpread,
  load,
  onOwnDevice,
  pathShares,
  shareWithin,
  timesOn,
  traceNames,
  unexplained,
} from './replay/faithfulness.mjs'

const corpus = process.env.FLOWSIM_CORPUS ?? new URL('../../shared/data', import.meta.url).pathname
const folder = `${corpus}/traces`
const page = new URL('../docs/replay.md', import.meta.url)

const short = (name) => name.replace('.trace.json.gz', '')
const percent = (share, digits = 2) => `${(100 * share).toFixed(digits)} %`
const us = (ns, digits = 1) => (ns / 1000).toFixed(digits)
const ms = (ns) => (ns / 1e6).toFixed(2)

/** A Markdown table with aligned columns; those that `left` names are text. */
function table(head, rows, left = 1) {
  const width = head.map((label, i) =>
    Math.max(...[label, ...rows.map((row) => String(row[i]))].map(({ length }) => length)),
  )
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i < left ? String(cell).padEnd(width[i]) : String(cell).padStart(width[i]))).join(' | ')} |`
  const rule = width.map((size, i) => (i < left ? '-'.repeat(size) : `${'-'.repeat(size - 1)}:`))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

const code = (name) => `\`${name.length > 48 ? `${name.slice(0, 45)}...` : name}\``

const traces = new Map()
for (const name of traceNames(folder)) traces.set(short(name), await load(folder, name))

/** The same program on two devices. */
const pairs = new Map([...traces].filter(([name]) => /^transformers-(?:qwen|bert)/.test(name)))
for (const device of ['h100', 'mi300x']) {
  const name = `vit-nsfw-${device}`
  pairs.set(name, await load(`${corpus}/traces-2`, `${name}.trace.json.gz`))
}

const faithful = [...traces].map(([name, trace]) => {
  const { graph, windowNs, measured, typical } = faithfulness(trace)
  const errors = typical.startErrorsNs
  return [
    name,
    String(graph.kernels.length),
    ms(windowNs),
    percent(Math.abs(measured.error)),
    us(Math.max(...measured.startErrorsNs), 3),
    percent(typical.error),
    us(quantile(errors, 0.5)),
    us(quantile(errors, 0.9)),
    us(Math.max(...errors)),
    percent(shareWithin(errors, windowNs), 1),
  ]
})

/** Longer than what the graph leaves open elsewhere: jitter of launches and gaps. */
const OUTLIER_NS = 20_000

const outliers = [...traces].flatMap(([name, trace]) => {
  const found = unexplained(faithfulness(trace).graph).filter(({ ns }) => ns > OUTLIER_NS)
  if (found.length === 0) return []
  const [{ ns, kind, what }] = found
  return [[name, kind, code(what), found.length, us(found.reduce((a, b) => a + b.ns, 0)), us(ns)]]
})

const paths = ['qwen1.5-0.5b-h100', 'qwen1.5-0.5b-mi300x', 'bert-small-h100', 'bert-small-mi300x']
  .map((name) => [name, traces.get(`transformers-${name}`)])
  .map(([name, trace]) => {
    const of = pathShares(trace)
    return [
      name,
      percent(of.computation + of.memcpy, 1),
      percent(of.host, 1),
      percent(of.call, 1),
      percent(of.launch + of.sync + of.gap + of.before, 1),
      ms(hostNs(trace)),
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
for (const model of ['transformers-qwen1.5-0.5b', 'transformers-bert-small', 'vit-nsfw']) {
  for (const [from, to] of [
    ['h100', 'mi300x'],
    ['mi300x', 'h100'],
  ]) {
    const source = pairs.get(`${model}-${from}`)
    const target = pairs.get(`${model}-${to}`)
    const hostFactor = hostNs(target) / hostNs(source)
    for (const [label, how, latencyModel, factor] of [
      ['measured there', 'measured'],
      [`measured there, host × ${hostFactor.toFixed(2)}`, 'measured', undefined, hostFactor],
      ['calibrated, by the ratio', 'relative', 'calibrated'],
      ['calibrated', 'absolute', 'calibrated'],
      ['roofline', 'absolute', 'roofline'],
    ]) {
      // ViT launches other kernels on the two devices: no time can be taken from the other run.
      if (how === 'measured' && model === 'vit-nsfw') continue
      const times = timesOn(source, target, how, latencyModel)
      const result = acrossDevices(source, target, times, factor)
      across.push([
        `${model.replace('transformers-', '')}, ${from} to ${to}`,
        label,
        ms(result.predicted.endToEndNs),
        result.bounds === null ? '' : result.bounds.map(ms).join(' – '),
        ms(result.truth.endToEndNs),
        percent(result.error, 1),
        percent(result.sumError, 1),
        percent(result.sumAsEndToEndError, 1),
      ])
    }
  }
}

const own = ['calibrated', 'roofline'].flatMap((model) =>
  [...traces].flatMap(([name, trace]) => {
    const result = onOwnDevice(trace, model)
    if (result === undefined) return []
    const { predictedShare, predictedNs, windowNs, bounds, error, sumError, isInside } = result
    if (predictedShare < LEAST_PREDICTED) {
      return [[name, model, '–', '–', ms(windowNs), '–', '–', '–']]
    }
    const range = bounds.map(ms).join(' – ')
    const errors = [percent(error, 1), percent(sumError, 1)]
    return [[name, model, ms(predictedNs), range, ms(windowNs), ...errors, isInside ? 'yes' : 'no']]
  }),
)

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
      'end to end',
      'largest start error, µs',
      'typical: end to end',
      'start error p50, µs',
      'p90, µs',
      'max, µs',
      'within 5 µs or 1 %',
    ],
    faithful,
  ),
  outliers: table(
    ['trace', 'longest at', 'of', 'waits', 'together, µs', 'longest, µs'],
    outliers,
    3,
  ),
  paths: table(
    ['trace', 'kernels', 'host', 'runtime calls', 'latencies and gaps', 'host alone, ms'],
    paths,
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
      'p10 – p90, ms',
      'measured, ms',
      'error',
      'error of the kernel sum',
      'error if the sum were the end to end',
    ],
    across,
    2,
  ),
  own: table(
    [
      'trace',
      'model',
      'predicted, ms',
      'p10 – p90, ms',
      'measured, ms',
      'error',
      'error of the kernel sum',
      'inside',
    ],
    own,
    2,
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
