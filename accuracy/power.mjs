// Fits the power of a device to one half of the InferenceX rows with measured power (MI355X) and reports on the other.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/power.mjs
//
// Rows stand in order of framework, prompt and concurrency; the first of every two is fitted, the second only reported.
// A row whose tokens a second contradict its own latencies was mostly idle while its power was averaged: it tells the
// idle power, and has no joules a token to compare.
//
// P = idle + busyW·busy + memoryW·memory + computeW·compute, with busy, memory and compute as packages/planner has
// them, from a simulation of the row. Least squares of relative errors of the power. What comes out stands, as shares
// of the device's range, in packages/planner/src/cost/data/power.json.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { costOf } from '@flowsim/planner'
import { prepareServing } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import { pointOf } from './serving/inferencex.mjs'
import { readPoints } from './serving/points.mjs'
import { readText } from './serving/served-facts.mjs'

const root = new URL('../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))
const rows = readPoints(readFileSync(`${corpus}/serving/inferencex/points.csv`, 'utf8'))
  .filter((row) => Number(row.avg_power_w) > 0)
  .sort(
    (a, b) =>
      a.framework.localeCompare(b.framework) ||
      Number(a.isl) - Number(b.isl) ||
      Number(a.conc) - Number(b.conc),
  )
  .map(simulated)
const fitted = rows.filter((_, i) => i % 2 === 0)
const reported = rows.filter((_, i) => i % 2 === 1)

const idleRow = fitted.find(({ busyShare }) => busyShare < 0.5)
const steady = fitted.filter((row) => row !== idleRow)
const [activeW, memoryW, computeW] = leastSquares(
  steady.map(({ use, watts }) =>
    [1, use.memoryS / use.upS, use.computeS / use.upS].map((x) => x / watts),
  ),
  steady.map(() => 1),
)
// What the mostly idle row takes while it works is what the others take.
const workingW =
  activeW +
  (memoryW * idleRow.use.memoryS) / idleRow.use.upS +
  (computeW * idleRow.use.computeS) / idleRow.use.upS
const idleW = (idleRow.watts - idleRow.busyShare * workingW) / (1 - idleRow.busyShare)
const maximumW = fitted[0].use.maximumW
const range = maximumW - idleW
const round = (value) => Number(value.toPrecision(3))
console.log('fitted shares:', {
  idleShare: round(idleW / maximumW),
  busyShare: round((activeW - idleW) / range),
  memoryShare: round(memoryW / range),
  computeShare: round(computeW / range),
})
print('fitted', fitted)
print('only reported', reported)

function print(title, list) {
  console.log(
    `\n| ${title} | prompt | concurrency | W measured | W | error | J a token measured | J | error |`,
  )
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
  for (const row of list) {
    const { power, deviceJoulesPerToken } = row.cost
    const isIdle = row.busyShare < 0.5
    const error = (value, measured) => `${(100 * (value / measured - 1)).toFixed(1)} %`
    const cells = [
      row.framework,
      row.isl,
      row.conc,
      row.watts.toFixed(0),
      isIdle ? 'mostly idle' : power.deviceW.toFixed(0),
      isIdle ? '' : error(power.deviceW, row.watts),
      row.joules.toFixed(3),
      isIdle ? '' : deviceJoulesPerToken.toFixed(3),
      isIdle ? '' : error(deviceJoulesPerToken, row.joules),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

/** A row with its simulation; `busyShare`: its tokens a second over those that its latencies mean. */
function simulated(row) {
  const point = pointOf(row)
  const config = JSON.stringify(point.config)
  const { report, use } = prepareServing(config, {
    readText,
    stepTimes: STEP_TIMES,
    source: 'point',
  }).run()
  const tokens = 0.9 * (Number(row.isl) + Number(row.osl))
  const meant = (Number(row.conc) * tokens) / Number(row.mean_e2el) / point.devices
  return {
    framework: row.framework,
    isl: row.isl,
    conc: row.conc,
    watts: Number(row.avg_power_w),
    joules: Number(row.joules_per_total_token),
    busyShare: Math.min(1, Number(row.tput_per_gpu) / meant),
    use: use[0],
    cost: costOf({ report, use }),
  }
}

/** Solves the normal equations by elimination with pivots. */
function leastSquares(matrix, values) {
  const n = matrix[0].length
  const system = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (_, j) => matrix.reduce((sum, row) => sum + row[i] * row[j], 0)),
    matrix.reduce((sum, row, k) => sum + row[i] * values[k], 0),
  ])
  for (let i = 0; i < n; i++) {
    const pivot = system
      .slice(i)
      .reduce((best, row) => (Math.abs(row[i]) > Math.abs(best[i]) ? row : best))
    system.splice(system.indexOf(pivot), 1)
    system.splice(i, 0, pivot)
    for (const row of system) {
      if (row === pivot) continue
      const factor = row[i] / pivot[i]
      for (let j = i; j <= n; j++) row[j] -= factor * pivot[j]
    }
  }
  return system.map((row, i) => row[n] / row[i])
}
