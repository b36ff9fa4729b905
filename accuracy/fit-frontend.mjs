// Fits what lies between a client and the scheduler of an engine to one half of the measured deployments.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/fit-frontend.mjs ENGINE [--points N] [--print]
//
// `host.busyMs`, `inputTokenUs` and `otherRequestUs` of packages/step-time/engines/ENGINE-*.json: those of a grid with
// the least mean of |ln(predicted / measured)| of TTFT, each at most ln 2, over N aggregated rows (default 140) of the
// half `fit` (serving/halves.mjs). Each row is simulated once, with what the facts say; other values move its TTFT by as
// much as they differ. accuracy/fit-host.mjs takes the frontend as nothing instead, where clients come back in step.
// accuracy/serving.mjs reports on the other half.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { findEngine } from '@flowsim/step-time'
import { cross, least, mean, median } from 'd3-array'
import { ENGINES, fitPoints, off, spread } from './serving/fitting.mjs'
import { simulatePoint } from './serving/simulate.mjs'

// Beyond these, they would stand for something else: accuracy/fit-host.mjs.
const BUSY_MS = [0, 5, 10, 20, 30, 45]
const INPUT_TOKEN_US = [0, 1, 2, 3, 4, 5]
const OTHER_REQUEST_US = [0, 100, 200, 400, 700, 1000, 1400, 2000]

const engine = process.argv[2]
const flag = process.argv.indexOf('--points')
const most = flag > 0 ? Number(process.argv[flag + 1]) : 140

const stated = findEngine(engine).host
const points = spread(
  fitPoints(({ backend }) => backend === engine),
  most,
).flatMap((point) => simulate(point) ?? [])
const grid = cross(cross(BUSY_MS, INPUT_TOKEN_US), OTHER_REQUEST_US, ([busyMs, us], other) => ({
  busyMs,
  inputTokenUs: us,
  otherRequestUs: other,
}))
const lossOf = (host) => mean(points, (point) => off(ttftMs(point, host), point.measuredMs))
const best = least(grid, lossOf)
const error = (host) =>
  `${(100 * median(points, (point) => Math.abs(ttftMs(point, host) / point.measuredMs - 1))).toFixed(1)} %`
console.log(
  `${engine}, ${points.length} points: ${JSON.stringify(best)}, loss ${lossOf(best).toFixed(4)}, median error ${error(best)}; ` +
    `as stated ${lossOf(stated).toFixed(4)}, ${error(stated)}`,
)
if (!process.argv.includes('--print')) {
  for (const file of readdirSync(ENGINES).filter((name) => name.startsWith(`${engine}-`))) {
    const facts = JSON.parse(readFileSync(new URL(file, ENGINES), 'utf8'))
    facts.host = { ...facts.host, ...best }
    writeFileSync(new URL(file, ENGINES), `${JSON.stringify(facts, null, 2)}\n`)
  }
}

function ttftMs({ predictedMs, inputTokens, others }, host) {
  const frontendMs = ({ busyMs, inputTokenUs, otherRequestUs }) =>
    (others > 0 ? busyMs : 0) + (inputTokens * inputTokenUs + others * otherRequestUs) / 1e3
  return Math.max(0.1, predictedMs + frontendMs(host) - frontendMs(stated))
}

/** A point as the facts have it; null: it cannot be simulated. Prompts are nine tenths of `isl` in the mean. */
function simulate({ row: _, ...point }) {
  const { report } = simulatePoint(point)
  if (report === undefined) return null
  return {
    predictedMs: 1e3 * report.ttft.meanS,
    measuredMs: point.ttftMs,
    inputTokens: 0.9 * point.isl,
    others: point.concurrency - 1,
  }
}
