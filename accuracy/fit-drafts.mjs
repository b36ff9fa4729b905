// Fits what a step with drafts takes beside its kernels to one half of InferenceX's deployments with them.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/fit-drafts.mjs [--print]
//
// `host.draftUs` of packages/step-time/engines/*.json, one number for an engine. Over the rows of the half `fit`
// (serving/inferencex.mjs) the loss is the mean of |ln(predicted / measured)| of the median TPOT, each at most ln 2;
// of a grid the smallest number is taken whose loss is within a hundredth of the least. It is added to the TPOT of a
// simulation without it, divided by the tokens of a step. Deployments of one long run are left out, so that it takes
// minutes. accuracy/inferencex.mjs reports on the other half.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { group, mean, median } from 'd3-array'
import { ENGINES, off } from './serving/fitting.mjs'
import { halfOfRow, pointOf } from './serving/inferencex.mjs'
import { readPoints } from './serving/points.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const CANDIDATES = [0, 250, 500, 750, 1000, 1500, 2000, 2500, 3000]

/** Most concurrent requests times their output. */
const MOST_TOKENS = 3_000_000

const root = new URL('../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))
const rows = readPoints(readFileSync(`${corpus}/serving/inferencex/points.csv`, 'utf8'))
const simulated = rows
  .filter((row) => row.spec_method === 'mtp' && halfOfRow(row) === 'fit')
  .filter(({ conc, osl }) => conc * osl <= MOST_TOKENS)
  .flatMap((row) => simulate(row) ?? [])
const fitted = new Map()
for (const [engine, own] of group(simulated, (each) => each.engine)) {
  const losses = CANDIDATES.map((us) => mean(own, (point) => off(tpotAt(point, us), point.tpotS)))
  const best = losses.findIndex((loss) => loss <= 1.01 * Math.min(...losses))
  fitted.set(engine, CANDIDATES[best])
  const error = (us) =>
    `${(100 * median(own, (point) => Math.abs(tpotAt(point, us) / point.tpotS - 1))).toFixed(1)} %`
  const shown = CANDIDATES.map((us, i) => `${us}: ${losses[i].toFixed(4)}`).join(', ')
  console.log(
    `${engine}, ${own.length} points: ${CANDIDATES[best]} us, median error ${error(0)} at 0, ` +
      `${error(CANDIDATES[best])} fitted (${shown})`,
  )
}
if (!process.argv.includes('--print')) {
  for (const file of readdirSync(ENGINES)) {
    const facts = JSON.parse(readFileSync(new URL(file, ENGINES), 'utf8'))
    facts.host.draftUs = fitted.get(facts.engine) ?? facts.host.draftUs
    writeFileSync(new URL(file, ENGINES), `${JSON.stringify(facts, null, 2)}\n`)
  }
}

function tpotAt({ predictedS, tokens }, us) {
  return predictedS + us / 1e6 / tokens
}

/** Median TPOT of a point without the host's share, and the tokens of a step; null: it cannot be simulated. */
function simulate(row) {
  const { config, ...point } = pointOf(row)
  if (config === undefined) return null
  const speculation = { ...config.speculation, hostUs: 0 }
  const { report } = simulatePoint({ id: 'point', config: { ...config, speculation } })
  if (report === undefined) return null
  return { ...point, predictedS: report.tpot.p50S, tokens: speculation.acceptance.meanTokens }
}
