// Simulates the measured deployments of InferenceX in the corpus and writes docs/accuracy-inferencex.md.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/inferencex.mjs [--every N] [--print] [--list]
//
// --every N takes one row in N; --print writes to stdout; --list prints each point. The corpus is at ../shared/data or
// where FLOWSIM_CORPUS says. How a row becomes a configuration: accuracy/serving/inferencex.mjs.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { prepareServing } from '@flowsim/serving-sim'
import { findEngine, STEP_TIMES } from '@flowsim/step-time'
import { quantileSorted } from 'd3-array'
import { cached } from './serving/cached.mjs'
import { ACCEPTANCE, OWN_EXPERTS, ownExperts, pointOf } from './serving/inferencex.mjs'
import { readPoints } from './serving/points.mjs'

const root = new URL('../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))
const flag = (name) => process.argv.indexOf(name)
const every = flag('--every') > 0 ? Number(process.argv[flag('--every') + 1]) : 1

const rows = readPoints(readFileSync(`${corpus}/serving/inferencex/points.csv`, 'utf8'))
const facts = JSON.stringify(ownExperts(findEngine('trtllm')))
const options = {
  readText: (path) => (path === OWN_EXPERTS ? facts : readFileSync(path, 'utf8')),
  stepTimes: STEP_TIMES.map(cached),
}
const points = rows.filter((_, i) => i % every === 0).map((row) => simulate(pointOf(row)))
if (flag('--list') > 0) for (const point of points) console.error(JSON.stringify(point))
const page = render(points)
if (flag('--print') > 0) console.log(page)
else writeFileSync(new URL('docs/accuracy-inferencex.md', root), page)

/** The point with its error; `why` where it cannot be simulated. */
function simulate({ config, ...point }) {
  if (point.why !== undefined) return point
  try {
    const { report } = prepareServing(JSON.stringify(config), { ...options, source: 'point' }).run()
    const { completed = 0, ...others } = report.requests
    if (completed === 0 || Object.keys(others).length > 0) {
      return { ...point, why: 'the deployment does not hold the requests' }
    }
    return { ...point, predictedS: report.tpot.p50S, error: report.tpot.p50S / point.tpotS - 1 }
  } catch (error) {
    const why = {
      model_does_not_fit: 'the model does not fit on the devices as described',
      impossible_parallelism: 'the experts do not divide evenly over the devices of a worker',
    }[error.code]
    if (why === undefined) throw new Error(JSON.stringify(point), { cause: error })
    return { ...point, why }
  }
}

function render(points) {
  const answered = points.filter(({ why }) => why === undefined)
  const by = (...keys) => {
    const groups = new Map()
    for (const point of answered) {
      const key = keys.map((name) => point[name]).join(' | ')
      groups.set(key, [...(groups.get(key) ?? []), point])
    }
    return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  }
  const why = new Map()
  for (const { why: reason } of points) {
    if (reason !== undefined) why.set(reason, (why.get(reason) ?? 0) + 1)
  }
  const sample = every === 1 ? '' : ` One row in ${every}.`
  return `# How near simulations are to InferenceX

Written by \`node accuracy/inferencex.mjs\`.${sample} Measured points: the median TPOT of ${points.length}
deployments of DeepSeek R1 under load, from SemiAnalysis InferenceX. Each is simulated from what its row states
(GPU, framework, precision, parallelism, workers, concurrency, lengths), what follows
from the framework and the benchmark stands in [accuracy/serving/inferencex.mjs](../accuracy/serving/inferencex.mjs).
Step times are those of the \`calibrated\` model.

No constant is fitted to these points. They are not unseen, though: after a first run (MTP 12.1 %, without 12.8 %)
the servers' published options and which engine uses which expert kernels were looked up because points were far
off, and a fault of the scheduler was mended that showed here. Take the figures as those of a description that was
completed with the answers in view.

No row tells how many drafted tokens were accepted. All points with multi-token prediction (MTP) have the same chance,
${ACCEPTANCE}: 2.4 tokens a step where three are drafted, the middle of the 2.2 to 2.6 that engines publish for this
model (of the first drafted token alone vLLM's pull request 12755 measured 0.81 to 0.82). A point whose texts are
accepted otherwise is wrong by as much: at the ends of that range TPOT is 8 % lower and 9 % higher where three are
drafted.

Error is |predicted − measured| / measured of the median TPOT; bias is the median signed error.

${table(['drafts'], by('method'))}

The target for points with MTP is a median error of 12 %.

${table(['drafts', 'mode', 'framework'], by('method', 'mode', 'framework'))}

${table(['drafts', 'GPU', 'precision'], by('method', 'hardware', 'precision'))}

## Not simulated

| why | points |
| --- | ---: |
${[...why].map(([reason, count]) => `| ${reason} | ${count} |`).join('\n')}
`
}

function table(labels, groups) {
  const header = [...labels, 'points', 'TPOT median', 'p90', 'bias']
  const align = header.map((_, i) => (i < labels.length ? '---' : '---:'))
  const lines = groups.map(([name, points]) => {
    const signed = points.map(({ error }) => error).sort((a, b) => a - b)
    const errors = signed.map(Math.abs).sort((a, b) => a - b)
    const cells = [
      [errors, 0.5],
      [errors, 0.9],
      [signed, 0.5],
    ]
    return `| ${name} | ${points.length} | ${cells.map(([sorted, p]) => `${(100 * quantileSorted(sorted, p)).toFixed(1)} %`).join(' | ')} |`
  })
  return [`| ${header.join(' | ')} |`, `| ${align.join(' | ')} |`, ...lines].join('\n')
}
