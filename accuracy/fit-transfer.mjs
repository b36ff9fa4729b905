// Fits packages/calibration/src/transfer/transfer.json: how far a model's error on one device is that on another, how much equal
// kernels of a trace differ, and how much the change of a kernel between devices differs from that of the whole.
//
//   FLOWSIM_CORPUS=… node accuracy/fit-transfer.mjs
//
// Needs built packages. It prints; the file is edited by hand. Fitted to Qwen1.5-0.5B on H100 and MI300X alone:
// the other pairs of docs/replay.md are what it is judged by.
import { readdirSync } from 'node:fs'
import { getModel } from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { findHardware } from '@flowsim/perf-model/hardware'
import { deviation, median } from 'd3-array'

const corpus = process.env.FLOWSIM_CORPUS ?? new URL('../../shared/data', import.meta.url).pathname
const model = getModel('calibrated')
const Z90 = 1.2815515655446004

async function load(path) {
  const trace = await parseFile(path)
  return { kernels: trace.kernels, operations: classifyTrace(trace), device: trace.devices[0] }
}

function estimate(call, hardware) {
  try {
    return model.estimate(call, hardware)
  } catch {
    return null
  }
}

const spread = ({ p10S, p90S }) => Math.log(p90S / p10S) / (2 * Z90)

/** Error of the predicted sum of kernels on the other device, as a logarithm, at a correlation. */
function errorAt(rho, noise, source, target) {
  const [here, there] = [source, target].map(({ device }) => findHardware(device))
  let predicted = 0
  let share = 0
  let all = 0
  source.kernels.forEach(({ durationNs, kind }, k) => {
    if (kind !== 'kernel') return
    all += durationNs
    const { call, auxiliary } = source.operations[k]
    if (call === undefined || auxiliary) return
    const [a, b] = [estimate(call, here), estimate(call, there)]
    if (a === null || b === null || durationNs === 0) return
    share += durationNs
    const variance = spread(a) ** 2 + noise ** 2
    const off = Math.log(durationNs / (a.latencyS * 1e9))
    const limit = 2 * Math.sqrt(variance)
    const usual = Math.max(-limit, Math.min(limit, off))
    const weight = (rho * spread(a) * spread(b)) / variance
    predicted += b.latencyS * 1e9 * Math.exp(weight * usual + off - usual)
  })
  const measured = target.kernels.reduce((s, k) => s + (k.kind === 'kernel' ? k.durationNs : 0), 0)
  return Math.log(predicted / (measured * (share / all)))
}

/** Spread of the logarithm of kernels of one name and one operation, weighted by time. */
function repeatability({ kernels, operations }) {
  const groups = new Map()
  kernels.forEach(({ name, durationNs, kind }, k) => {
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

/** Spread of the logarithm of time there over time here by operator, weighted by time here. */
function changeSpread(source, target) {
  const byOperator = ({ kernels }) => {
    const sums = new Map()
    for (const { op, durationNs } of kernels) {
      if (op !== undefined) sums.set(op.name, (sums.get(op.name) ?? 0) + durationNs)
    }
    return sums
  }
  const [a, b] = [byOperator(source), byOperator(target)]
  const rows = [...a].flatMap(([name, ns]) =>
    b.has(name) ? [{ change: Math.log(b.get(name) / ns), ns }] : [],
  )
  const total = rows.reduce((s, { ns }) => s + ns, 0)
  const mean = rows.reduce((s, { change, ns }) => s + change * ns, 0) / total
  return Math.sqrt(rows.reduce((s, { change, ns }) => s + (change - mean) ** 2 * ns, 0) / total)
}

const traces = readdirSync(`${corpus}/traces`).filter((name) => name.endsWith('.json.gz'))
const more = readdirSync(`${corpus}/traces-2`).filter((name) => name.endsWith('.trace.json.gz'))
const noises = []
for (const path of [...traces.map((n) => `traces/${n}`), ...more.map((n) => `traces-2/${n}`)]) {
  const noise = repeatability(await load(`${corpus}/${path}`))
  if (noise !== undefined) noises.push(noise)
}
const noise = median(noises)
console.log(`repeatability ${noise.toFixed(3)}, median of ${noises.length} traces`)

const [h100, mi300x] = await Promise.all(
  ['h100', 'mi300x'].map((name) =>
    load(`${corpus}/traces/transformers-qwen1.5-0.5b-${name}.trace.json.gz`),
  ),
)
console.log(`spread of the change ${changeSpread(h100, mi300x).toFixed(2)}`)
let best = { rho: 0, loss: Infinity }
for (let rho = 0; rho <= 1; rho += 0.01) {
  const errors = [errorAt(rho, noise, h100, mi300x), errorAt(rho, noise, mi300x, h100)]
  const loss = errors[0] ** 2 + errors[1] ** 2
  if (loss < best.loss) best = { rho, loss, errors }
}
console.log(
  `correlation ${best.rho.toFixed(2)}, errors ${best.errors.map((e) => Math.expm1(e).toFixed(3))}`,
)
