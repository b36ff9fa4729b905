// Fits what a step of an instance that prefills for others takes beside its kernels to one half of the measured
// disaggregated deployments.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/fit-context.mjs [ENGINE] [--print]
//
// `host.contextMs` of packages/step-time/engines/*.json, one number for an engine. Over the rows of the half `fit`
// (serving/halves.mjs) the loss is the mean of |ln(predicted / measured)| of TTFT, each at most ln 2; of a grid the
// smallest number is taken whose loss is within a hundredth of the least. Rows with many concurrent requests are left
// out, so that it takes minutes. accuracy/serving.mjs reports on the other half.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { group, mean, median } from 'd3-array'
import { ENGINES, fitPoints, off } from './serving/fitting.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const CANDIDATES_MS = [0, 15, 30, 45, 60, 90]

/** Most concurrent requests times their output. */
const MOST_TOKENS = 300_000

const [engine] = process.argv.slice(2).filter((name) => !name.startsWith('--'))
const points = fitPoints(({ backend }) => engine === undefined || backend === engine, 'disagg')
const fitted = new Map()
for (const [backend, all] of group(points, (point) => point.backend)) {
  const own = all
    .filter(({ concurrency, osl }) => concurrency * osl <= MOST_TOKENS)
    .map((point) => ({ ...point, predictedMs: CANDIDATES_MS.map((ms) => ttftMs(point, ms)) }))
  const losses = CANDIDATES_MS.map((_, i) =>
    mean(own, ({ predictedMs, ttftMs: measured }) => off(predictedMs[i], measured)),
  )
  const best = losses.findIndex((loss) => loss <= 1.01 * Math.min(...losses))
  fitted.set(backend, CANDIDATES_MS[best])
  const error = (i) =>
    `${(100 * median(own, (point) => Math.abs(point.predictedMs[i] / point.ttftMs - 1))).toFixed(1)} %`
  const shown = CANDIDATES_MS.map((ms, i) => `${ms}: ${losses[i].toFixed(4)}`).join(', ')
  console.log(
    `${backend}, ${own.length} points: ${CANDIDATES_MS[best]} ms, median error ${error(0)} at 0, ` +
      `${error(best)} fitted (${shown})`,
  )
}
if (!process.argv.includes('--print')) {
  for (const file of readdirSync(ENGINES)) {
    const facts = JSON.parse(readFileSync(new URL(file, ENGINES), 'utf8'))
    facts.host.contextMs = fitted.get(facts.engine) ?? facts.host.contextMs
    writeFileSync(new URL(file, ENGINES), `${JSON.stringify(facts, null, 2)}\n`)
  }
}

/** Mean TTFT with so many milliseconds beside the kernels of a step; infinite where a point cannot be simulated. */
function ttftMs({ row: _, ...point }, ms) {
  const cpuOverhead = { perStepUs: 1000 * ms, overlapped: false }
  const instances = point.config.instances.map((group) =>
    group.role === 'prefill' ? { ...group, cpuOverhead } : group,
  )
  const { report } = simulatePoint({ ...point, config: { ...point.config, instances } })
  return report === undefined ? Number.POSITIVE_INFINITY : 1e3 * report.ttft.meanS
}
