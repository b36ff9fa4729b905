// Fits the host costs of each engine to one half of the measured deployments and writes them to its facts.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/fit-host.mjs ENGINE [--points N] [--print]
//
// `host.opUs`, `busyMs`, `inputTokenUs` and `otherRequestUs` of packages/step-time/engines/ENGINE-*.json: those of a
// grid with the least loss (step-time/src/host-fit/fit-host.ts) over N aggregated rows (default 40) of the half `fit`
// (serving/halves.mjs). `requestMs` is not fitted: it is what an idle engine takes. accuracy/serving.mjs reports on
// the other half.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { findEngine, fitHost } from '@flowsim/step-time'
import { ENGINES, fitPoints, spread } from './serving/fitting.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const engine = process.argv[2]
const flag = process.argv.indexOf('--points')
const most = flag > 0 ? Number(process.argv[flag + 1]) : 40

// Beyond these, they would stand for something else: launches take 5 to 10 us and an operation has several; tokens
// are tokenised and their text is parsed in 2 to 5 us each.
const CANDIDATES = {
  'host.opUs': [30, 45, 60, 90],
  'host.busyMs': [0, 5, 10, 20, 30, 45],
  'host.inputTokenUs': [0, 1, 2, 3, 4, 5],
  'host.otherRequestUs': [0, 100, 200, 400, 700, 1000, 1400, 2000],
}

const points = spread(
  fitPoints(({ backend }) => backend === engine),
  most,
)
const { values, loss, lossBefore } = fitHost({
  facts: findEngine(engine),
  candidates: CANDIDATES,
  observations: points.map(({ ttftMs, tpotMs }) => ({
    ttftS: ttftMs / 1e3,
    tpotS: tpotMs / 1e3,
    weight: 1,
  })),
  simulate: ({ host }) => points.map((point) => simulateAt(point, host)),
})
const host = Object.fromEntries(
  Object.keys(CANDIDATES).map((path) => [path.replace('host.', ''), values[path]]),
)
console.log(JSON.stringify({ engine, points: points.length, loss, lossBefore, ...host }))
if (!process.argv.includes('--print')) {
  for (const file of readdirSync(ENGINES).filter((name) => name.startsWith(`${engine}-`))) {
    const facts = JSON.parse(readFileSync(new URL(file, ENGINES), 'utf8'))
    facts.host = { ...facts.host, ...host }
    writeFileSync(new URL(file, ENGINES), `${JSON.stringify(facts, null, 2)}\n`)
  }
}

/** Means of a point without a frontend; null: it cannot be simulated. Prompts are nine tenths of `isl` in the mean. */
function simulateAt(
  { row: _, ...point },
  { opUs, busyMs, inputTokenUs, otherRequestUs, requestMs },
) {
  const config = {
    ...point.config,
    stepTime: { ...point.config.stepTime, hostOpUs: opUs },
    requestOverheadMs: requestMs,
    busyOverheadMs: busyMs,
    inputTokenOverheadUs: inputTokenUs,
    otherRequestOverheadUs: otherRequestUs,
  }
  const { report } = simulatePoint({ ...point, config })
  if (report === undefined) return null
  return {
    ttftS: report.ttft.meanS,
    tpotS: report.tpot.meanS,
    inputTokens: 0.9 * point.isl,
    others: point.concurrency - 1,
  }
}
