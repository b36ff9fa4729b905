// Fits packages/calibration/src/transfer/transfer.json: how far a model's error on one device is that on another, how
// much equal kernels of a trace differ, and how much the change of a kernel between devices differs from that of the
// whole.
//
//   node accuracy/fit-transfer.mjs [--write]      also writes its table into docs/accuracy.md
//
// Needs built packages and the corpus (FLOWSIM_CORPUS, or ../shared/data). It prints; the file is edited by hand. The
// pairs are programs that ran on two devices, each predicted by profiles without the rows of its traces; a correlation
// is also judged by the pairs that it was not fitted to.
import { roofline } from '@flowsim/perf-model'
import { estimateKernels } from '@flowsim/pipeline'
import { deviation, median } from 'd3-array'
import { corpus } from '../packages/calibration/scripts/corpus.mjs'
import { tracePaths } from '../packages/calibration/scripts/trace-rows.mjs'
import { writeTables } from './kernels/page.mjs'
import { markdown } from './kernels/table.mjs'
import { modelWithout } from './traces/left-out.mjs'
import { loadTrace } from './traces/score.mjs'

const Z90 = 1.2815515655446004
const spread = ({ p10S, p90S }) => Math.log(p90S / p10S) / (2 * Z90)
const traces = []
for (const path of tracePaths(corpus)) traces.push(await loadTrace(path))

/** Spread of the logarithm of kernels of one name and one operation, weighted by time. */
function repeatability({ trace, operations }) {
  const groups = new Map()
  trace.kernels.forEach(({ name, durationNs, kind }, k) => {
    const { call } = operations[k]
    if (call === undefined || kind !== 'kernel' || durationNs === 0) return
    const key = `${name} ${JSON.stringify(call)}`
    groups.set(key, [...(groups.get(key) ?? []), durationNs])
  })
  const rows = [...groups.values()]
    .filter((each) => each.length >= 8)
    .map((each) => ({ s: deviation(each, Math.log), ns: each.reduce((a, b) => a + b, 0) }))
    .sort((a, b) => a.s - b.s)
  let rest = rows.reduce((a, { ns }) => a + ns, 0) / 2
  for (const { s, ns } of rows) {
    rest -= ns
    if (rest <= 0) return s
  }
  return undefined
}

const noises = traces.map(repeatability).filter((noise) => noise !== undefined)
const noise = median(noises)
console.log(`repeatability ${noise.toFixed(3)}, median of ${noises.length} traces`)

/** Kernels that have an estimate on both devices, and what the other trace took for the same share. */
function pairOf(source, target, model) {
  const { kernels } = source.trace
  const us = kernels.map(({ durationNs, kind }) => (kind === 'kernel' ? durationNs / 1000 : 0))
  source.helped.forEach((main, k) => {
    if (main < 0) return
    us[main] += us[k]
    us[k] = 0
  })
  const [here, there] = [source, target].map(({ hardware }) =>
    estimateKernels(source.operations, hardware, model, { kernels }),
  )
  const asked = kernels.flatMap((_, k) =>
    us[k] > 0 && here[k] !== null && there[k] !== null
      ? [{ us: us[k], here: here[k], there: there[k] }]
      : [],
  )
  const sum = (list) => list.reduce((a, b) => a + b, 0)
  const share = sum(asked.map((kernel) => kernel.us)) / sum(us)
  const busy = sum(target.trace.kernels.map((k) => (k.kind === 'kernel' ? k.durationNs / 1000 : 0)))
  const name = `${source.job}: ${source.hardware.name} → ${target.hardware.name}`
  return { job: source.job, name, asked, measured: busy * share, source, target }
}

/** Error of the predicted sum of kernels on the other device, as a logarithm, at a correlation. */
function errorAt(rho, { asked, measured }) {
  let predicted = 0
  for (const { us, here, there } of asked) {
    const variance = spread(here) ** 2 + noise ** 2
    const off = Math.log(us / (here.latencyS * 1e6))
    const limit = 2 * Math.sqrt(variance)
    const usual = Math.max(-limit, Math.min(limit, off))
    const weight = Math.min(1, (rho * spread(here) * spread(there)) / variance)
    predicted += there.latencyS * 1e6 * Math.exp(weight * usual + off - usual)
  }
  return Math.log(predicted / measured)
}

const plainly = ({ asked, measured }, of) =>
  Math.log(asked.reduce((sum, kernel) => sum + of(kernel), 0) / measured)

const pairs = []
const rooflines = []
for (const source of traces) {
  for (const target of traces) {
    if (source.job !== target.job || !source.hardware || !target.hardware) continue
    if (source.hardware.name === target.hardware.name) continue
    pairs.push(pairOf(source, target, await modelWithout(source.job)))
    rooflines.push(pairOf(source, target, roofline))
  }
}

function fit(some) {
  let best = { rho: 0, loss: Infinity }
  for (let rho = 0; rho <= 1.001; rho += 0.01) {
    const loss = some.reduce((sum, pair) => sum + Math.abs(errorAt(rho, pair)), 0) / some.length
    if (loss < best.loss) best = { rho, loss }
  }
  return best
}

const text = (error) => `${(100 * Math.expm1(error)).toFixed(1)} %`
const mean = (errors) => text(errors.reduce((a, b) => a + Math.abs(b), 0) / errors.length)
const all = fit(pairs)
console.log(`correlation of calibrated ${all.rho.toFixed(2)}, mean error ${text(all.loss)}`)
const plain = fit(rooflines)
console.log(`correlation of roofline ${plain.rho.toFixed(2)}, mean error ${text(plain.loss)}`)
const lines = []
const judged = { fitted: [], left: [], plain: [], ratio: [] }
for (const pair of pairs) {
  const others = fit(pairs.filter(({ job }) => job !== pair.job))
  const errors = {
    fitted: errorAt(all.rho, pair),
    left: errorAt(others.rho, pair),
    plain: plainly(pair, ({ there }) => there.latencyS * 1e6),
    ratio: plainly(pair, ({ us, here, there }) => (us * there.latencyS) / here.latencyS),
  }
  for (const [name, error] of Object.entries(errors)) judged[name].push(error)
  lines.push([pair.name, ...Object.values(errors).map(text)])
  console.log(
    `${pair.name}: ${text(errors.fitted)}; by the others' ${others.rho.toFixed(2)} ${text(errors.left)}; estimates ${text(errors.plain)}; measured × ratio ${text(errors.ratio)}`,
  )
}
console.log(
  `mean: fitted ${mean(judged.fitted)}, by the others' ${mean(judged.left)}, estimates ${mean(judged.plain)}, measured × ratio ${mean(judged.ratio)}`,
)

/** Spread of the logarithm of time there over time here by operator, weighted by time here. */
function changeSpread({ source, target }) {
  const byOperator = ({ trace }) => {
    const sums = new Map()
    for (const { op, durationNs } of trace.kernels) {
      if (op !== undefined) sums.set(op.name, (sums.get(op.name) ?? 0) + durationNs)
    }
    return sums
  }
  const [a, b] = [byOperator(source), byOperator(target)]
  const rows = [...a].flatMap(([name, ns]) =>
    b.has(name) ? [{ change: Math.log(b.get(name) / ns), ns }] : [],
  )
  const total = rows.reduce((s, { ns }) => s + ns, 0)
  const middle = rows.reduce((s, { change, ns }) => s + change * ns, 0) / total
  return Math.sqrt(rows.reduce((s, { change, ns }) => s + (change - middle) ** 2 * ns, 0) / total)
}
const changes = pairs.map(changeSpread)
console.log(`spread of the change ${median(changes).toFixed(2)}, median of ${pairs.length} pairs`)
if (process.argv.includes('--write')) {
  const header = [
    'program and devices',
    'as shipped',
    "by the others' ρ",
    'estimates',
    'measured × ratio',
  ]
  const last = ['mean', ...Object.values(judged).map(mean)]
  writeTables({ across: markdown(header, [...lines, last]) })
}
