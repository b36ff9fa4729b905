// Fits the host costs of each engine to one half of the measured deployments and writes them to its facts.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/fit-host.mjs ENGINE [--points N] [--print]
//
// `host.opUs`, `inputTokenUs` and `otherRequestUs` of packages/step-time/engines/ENGINE-*.json: those of a grid with
// the least loss (step-time/src/host-fit/fit-host.ts) over N aggregated rows (default 32) of the half `fit`
// (serving/halves.mjs). `requestMs` is not fitted: it is what an idle engine takes. accuracy/serving.mjs reports on
// the other half.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findEngine, fitHost } from '@flowsim/step-time'
import { halfOf } from './serving/halves.mjs'
import { pointOf, readPoints } from './serving/points.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const root = new URL('../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))
const engine = process.argv[2]
const flag = process.argv.indexOf('--points')
const most = flag > 0 ? Number(process.argv[flag + 1]) : 32
const MOST_TOKENS = 300_000

// Beyond these, they would stand for something else: launches take 5 to 10 us and an operation has several; tokens
// are tokenised and their text is parsed in 2 to 5 us each.
const CANDIDATES = {
  'host.opUs': [30, 45, 60, 90],
  'host.inputTokenUs': [0, 1, 2, 3, 4, 5],
  'host.otherRequestUs': [0, 200, 400, 700, 1000, 1400, 2000],
}

const rows = readPoints(readFileSync(`${corpus}/serving/silicon/serving_points.csv`, 'utf8'))
const points = spread(
  rows
    .filter((row) => row.backend === engine && row.mode === 'agg' && halfOf(row) === 'fit')
    .filter((row) => !compiles(row))
    .map((row) => pointOf(row))
    .filter(({ why, concurrency, osl }) => why === undefined && concurrency * osl <= MOST_TOKENS),
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
  const folder = new URL('packages/step-time/engines/', root)
  for (const file of readdirSync(folder).filter((name) => name.startsWith(`${engine}-`))) {
    const facts = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
    facts.host = { ...facts.host, ...host }
    writeFileSync(new URL(file, folder), `${JSON.stringify(facts, null, 2)}\n`)
  }
}

/** SGLang's runs before versions were written compiled kernels while they were measured: p99 of TTFT is 70 s. */
function compiles({ backend, backend_version: version }) {
  return backend === 'sglang' && version === ''
}

/** As many of the points as are asked for, at equal distances. */
function spread(all) {
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(i * step)])
}

/** Means of a point without a frontend; null: it cannot be simulated. Prompts are nine tenths of `isl` in the mean. */
function simulateAt(point, { opUs, inputTokenUs, otherRequestUs, requestMs }) {
  const config = {
    ...point.config,
    stepTime: { ...point.config.stepTime, hostOpUs: opUs },
    requestOverheadMs: requestMs,
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
