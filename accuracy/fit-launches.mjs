// Fits what a step with prompts takes of SGLang's host, and what its frontend adds, to one half of the measured
// deployments.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/fit-launches.mjs [--points N] [--print]
//
// `host.opUs`, `recurrentMs`, `devices.b300_sxm`, `busyMs`, `otherRequestUs` and `kernels.unmeasuredExperts.blockTrtllmMany`
// of packages/step-time/engines/sglang-*.json: those of a grid with the least mean of |ln(predicted / measured)| of
// TTFT, each at most ln 2, over N aggregated rows (default 200) of the half `fit` (serving/halves.mjs). Each row is simulated
// once for each time of the experts; the TTFT of other values follows from it, since they change when a request
// starts and how long its prompt takes: the longer of kernels and launches. Printed beside it: the same with
// each deployment left out of its fit. accuracy/serving.mjs reports on the other half.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadModel, STEP_TIMES } from '@flowsim/step-time'
import { StepBatch } from '@flowsim/trace-schema'
import { cross, mean, median, minIndex } from 'd3-array'
import { ENGINES, fitPoints, off, spread } from './serving/fitting.mjs'
import { factsOf, readText, withUnmeasured } from './serving/served-facts.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const MANY = [1, 1.5, 2, 2.5]
const GRID = grid({
  opUs: [45, 60, 75, 90, 110],
  recurrentMs: [0, 1, 2, 3, 4],
  b300: [0.4, 0.5, 0.6, 0.7, 0.85, 1],
  busyMs: [0, 5, 10, 20, 45],
  otherRequestUs: [500, 1000, 1500, 2000],
  many: MANY,
})

const flag = process.argv.indexOf('--points')
const most = flag > 0 ? Number(process.argv[flag + 1]) : 200
// Runs of aiconfigurator in 0.5.6 are not in step with each other, as exact lengths would have them.
const isWanted = ({ backend, backend_version: version }) =>
  backend === 'sglang' && !/^0\.5\.(6|8)\.post/.test(version)
const points = spread(distinct(fitPoints(isWanted)), most).flatMap((point) => observed(point) ?? [])
const losses = GRID.map((values) => points.map((point) => off(ttftMs(point, values), point.ttftMs)))
const all = points.map((_, i) => i)
const best = bestOf(all)
const left = [...new Set(points.map(({ deployment }) => deployment))].flatMap((deployment) => {
  const isOwn = (i) => points[i].deployment === deployment
  const chosen = bestOf(all.filter((i) => !isOwn(i)))
  return all.filter(isOwn).map((i) => losses[chosen][i])
})
const before = points.map((point) => off(point.simulated.get(point.many), point.ttftMs))
const said = (errors) => `mean |ln| ${mean(errors).toFixed(3)}, median ${median(errors).toFixed(3)}`
console.log(`${points.length} points: ${JSON.stringify(GRID[best])}`)
console.log(
  `with the facts as they are ${said(before)}; fitted ${said(losses[best])}; left out ${said(left)}`,
)
if (!process.argv.includes('--print')) {
  const { many, b300, ...host } = GRID[best]
  for (const file of readdirSync(ENGINES).filter((name) => name.startsWith('sglang-'))) {
    const facts = JSON.parse(readFileSync(new URL(file, ENGINES), 'utf8'))
    Object.assign(facts.host, host, { devices: { b300_sxm: b300 } })
    facts.kernels.unmeasuredExperts.blockTrtllmMany = many
    writeFileSync(new URL(file, ENGINES), `${JSON.stringify(facts, null, 2)}\n`)
  }
}

function grid(axes) {
  const [values, ...others] = Object.entries(axes).map(([name, list]) =>
    list.map((value) => ({ [name]: value })),
  )
  return others.reduce((made, next) => cross(made, next, (a, b) => ({ ...a, ...b })), values)
}

function bestOf(indices) {
  return minIndex(GRID, (_, g) => mean(indices, (i) => losses[g][i]))
}

/** The points of measurements, each once: the file has some twice. */
function distinct(points) {
  const keyOf = ({ config, ttftMs, tpotMs }) => JSON.stringify([config, ttftMs, tpotMs])
  return [...new Map(points.map((point) => [keyOf(point), point])).values()]
}

/** A point with its TTFT for each time of the experts, and what its prompt takes; null: it cannot be simulated. */
function observed({ row, ...point }) {
  const isBlock = row.precision === 'fp8' && /^b[23]00/.test(row.system)
  const simulated = new Map()
  for (const many of isBlock ? MANY : [1]) {
    const stepTime = {
      ...point.config.stepTime,
      ...withUnmeasured(point.config.stepTime, { blockTrtllmMany: many }),
    }
    const { report } = simulatePoint({ ...point, config: { ...point.config, stepTime } })
    if (report === undefined) return null
    simulated.set(many, 1e3 * report.ttft.meanS)
  }
  const { host, kernels } = factsOf(point.config.stepTime)
  return {
    ...point,
    deployment: [
      row.backend_version,
      row.model_path,
      row.system,
      row.precision,
      row.tp_size,
      row.moe_ep_size,
    ].join(' '),
    simulated,
    many: isBlock ? kernels.unmeasuredExperts.blockTrtllmMany : 1,
    isBlock,
    host: { ...host, b300: host.devices.b300_sxm },
    recurrent: recurrentLayers(point.config.stepTime.model),
    kernelMs: promptMs(point, 0, 'graph'),
    operations: promptMs(point, 1e5, 'eager') / 100,
  }
}

/** TTFT with other values: when the request starts, and how long its prompt takes, change by what they say. */
function ttftMs(point, values) {
  const startMs = ({ busyMs, otherRequestUs }) =>
    busyMs + (otherRequestUs / 1e3) * (point.concurrency - 1)
  const stepMs = ({ opUs, recurrentMs, b300 }) => {
    const share = point.system === 'b300_sxm' ? b300 : 1
    const launches = (point.operations * opUs) / 1e3 + point.recurrent * recurrentMs
    return Math.max(point.kernelMs, share * launches)
  }
  const { host } = point
  const changed = startMs(values) - startMs(host) + stepMs(values) - stepMs(host)
  return Math.max(1, point.simulated.get(point.isBlock ? values.many : 1) + changed)
}

function recurrentLayers(name) {
  const { layers, layerKinds } = loadModel({ model: name }, readText)
  return layers.filter((kind) => layerKinds[kind].mixer.type === 'linear').length
}

/** Milliseconds of a step with one prompt, where a launch takes so many microseconds. */
function promptMs({ config: { stepTime }, isl }, hostOpUs, launch) {
  const { deploy } = STEP_TIMES.find(({ type }) => type === 'model')
  const { stepTime: steps } = deploy({ ...stepTime, hostOpUs }, { at: () => ({}), readText })
  const batch = new StepBatch()
  const tokens = Math.round(0.9 * isl)
  batch.addPrefill(tokens, 0, tokens)
  batch.launch = launch
  return steps.stepNs(batch) / 1e6
}
