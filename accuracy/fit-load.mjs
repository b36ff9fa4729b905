// Fits what each sequence adds to a step to one half of the measured deployments.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/fit-load.mjs [--points N] [--print]
//
// `host.sequenceUs` of packages/step-time/engines/*.json, one number for an engine and another where it does not
// schedule ahead. Over N rows (default 170) of each engine in the half `fit` (serving/halves.mjs) the loss is the mean of
// |ln(predicted / measured)| of TPOT, each at most ln 2; of a grid the smallest number is taken whose loss is within a
// hundredth of the least. It is added to the TPOT of a simulation without it. accuracy/serving.mjs reports on the
// other half.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { findEngine } from '@flowsim/step-time'
import { group, mean } from 'd3-array'
import { ENGINES, fitPoints, off, spread } from './serving/fitting.mjs'
import { readText } from './serving/served-facts.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const CANDIDATES = [0, 5, 10, 15, 20, 25, 30, 40]

const flag = process.argv.indexOf('--points')
const most = flag > 0 ? Number(process.argv[flag + 1]) : 170
const simulated = ['vllm', 'sglang', 'trtllm'].flatMap((engine) => {
  const points = spread(
    fitPoints(({ backend }) => backend === engine),
    most,
  )
  return points.flatMap((point) => simulate(point) ?? [])
})
const fitted = new Map()
for (const [kind, own] of group(simulated, (each) => each.kind)) {
  const losses = CANDIDATES.map((us) => mean(own, (point) => lossAt(point, us)))
  const best = losses.findIndex((loss) => loss <= 1.01 * Math.min(...losses))
  fitted.set(kind, CANDIDATES[best])
  const shown = CANDIDATES.map((us, i) => `${us}: ${losses[i].toFixed(4)}`).join(', ')
  console.log(`${kind}, ${own.length} points: ${CANDIDATES[best]} us (${shown})`)
}
if (!process.argv.includes('--print')) {
  for (const file of readdirSync(ENGINES)) {
    const facts = JSON.parse(readFileSync(new URL(file, ENGINES), 'utf8'))
    facts.host.sequenceUs = fitted.get(kindOf(facts)) ?? facts.host.sequenceUs
    writeFileSync(new URL(file, ENGINES), `${JSON.stringify(facts, null, 2)}\n`)
  }
}

function lossAt({ tpotS, sequences, measuredMs }, us) {
  return off(1e3 * tpotS + (us * sequences) / 1e3, measuredMs)
}

/** TPOT of a point whose sequences add nothing, and how many of them a replica has; null: it cannot be simulated. */
function simulate({ row: _, ...point }) {
  const { stepTime, instances } = point.config
  const config = { ...point.config, stepTime: { ...stepTime, hostSequenceUs: 0 } }
  const { report } = simulatePoint({ ...point, config })
  if (report === undefined) return null
  const replicas = (stepTime.dataParallel ?? 1) * (instances?.[0].count ?? 1)
  const { kernels, engineVersion, engineFacts } = stepTime
  return {
    kind: kindOf(
      engineFacts === undefined
        ? findEngine(kernels, engineVersion)
        : JSON.parse(readText(engineFacts)),
    ),
    tpotS: report.tpot.meanS,
    measuredMs: point.tpotMs,
    sequences: point.concurrency / replicas,
  }
}

function kindOf({ engine, scheduler }) {
  return `${engine}, ${scheduler.async ? 'schedules ahead' : 'does not schedule ahead'}`
}
