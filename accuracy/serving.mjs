// Simulates the measured serving points of the corpus and writes docs/accuracy-serving.md.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/serving.mjs [--every N] [--print] [--half fit]
//   node accuracy/serving.mjs --part 0/2 part-0.json & node accuracy/serving.mjs --part 1/2 part-1.json; wait
//   node accuracy/serving.mjs --from part-0.json part-1.json
//
// Of the half of the deployments on which nothing was fitted (serving/halves.mjs). --every N takes one row in N;
// --print writes to stdout; --part simulates every Nth row from the Kth on into a file, --from reads such files. The corpus is at ../shared/data or where FLOWSIM_CORPUS says. How a row becomes a
// configuration: serving/points.mjs and serving/server-options.mjs.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { halfOf } from './serving/halves.mjs'
import { medianTtftMs, readPublished } from './serving/medians.mjs'
import { pointOf, readPoints } from './serving/points.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const root = new URL('../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))
const flag = (name) => process.argv.indexOf(name)
const every = flag('--every') > 0 ? Number(process.argv[flag('--every') + 1]) : 1
const half = flag('--half') > 0 ? process.argv[flag('--half') + 1] : 'report'
const [part, parts] =
  flag('--part') > 0 ? process.argv[flag('--part') + 1].split('/').map(Number) : [0, 1]

const rows = readPoints(readFileSync(`${corpus}/serving/silicon/serving_points.csv`, 'utf8'))
const published = readPublished(
  readPoints(readFileSync(`${corpus}/serving/inferencex/points.csv`, 'utf8')),
)
const chosen = rows.filter((row) => halfOf(row) === half)
const results = flag('--from') > 0 ? savedResults() : simulateAll()
if (flag('--part') > 0) {
  writeFileSync(process.argv[flag('--part') + 2], JSON.stringify(results))
} else {
  const page = render(results)
  if (process.argv.includes('--print')) console.log(page)
  else writeFileSync(new URL('docs/accuracy-serving.md', root), page)
}

function savedResults() {
  const files = process.argv.slice(flag('--from') + 1).filter((name) => !name.startsWith('--'))
  return files.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')))
}

function simulateAll() {
  const results = []
  let shown = Date.now()
  for (const [i, row] of chosen.filter((_, i) => i % every === 0).entries()) {
    if (i % parts !== part) continue
    results.push(simulate(row))
    if (Date.now() - shown < 10_000) continue
    shown = Date.now()
    console.error(`${i} of ${chosen.length / every}`)
  }
  return results
}

function simulate(row) {
  const { config, ...point } = pointOf(row)
  if (point.why !== undefined) return point
  const { report, why } = simulatePoint({ id: point.id, config })
  if (report === undefined) return { ...point, why }
  const error = (predictedS, measuredMs) => (1000 * predictedS - measuredMs) / measuredMs
  const median = medianTtftMs(published, point)
  return {
    ...point,
    hasMedian: median !== null,
    tpot: error(report.tpot.meanS, point.tpotMs),
    ttft:
      median === null ? error(report.ttft.meanS, point.ttftMs) : error(report.ttft.p50S, median),
  }
}

function render(results) {
  const answered = results.filter(({ why }) => why === undefined)
  const agg = answered.filter(({ mode }) => mode === 'agg')
  const disagg = answered.filter(({ mode }) => mode === 'disagg')
  const by = (points, ...keys) => {
    const groups = new Map()
    for (const point of points) {
      const key = keys.map((name) => point[name] || 'bf16').join(' | ')
      groups.set(key, [...(groups.get(key) ?? []), point])
    }
    return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, group]) => line(key, group))
  }
  const why = new Map()
  for (const point of results) {
    if (point.why === undefined) continue
    const key = `${point.mode} | ${point.why}`
    why.set(key, (why.get(key) ?? 0) + 1)
  }
  const sample = every === 1 ? '' : ` One row in ${every}.`
  const medians = agg.filter(({ hasMedian }) => hasMedian).length
  return `# How near serving simulations are to measured deployments

Written by \`node accuracy/serving.mjs\`.${sample} Measured points: TTFT and TPOT of ${results.length}
rows of deployments under load, from ai-dynamo/aiconfigurator (Apache-2.0), most of them InferenceMAX runs. They are
those of the half of the deployments on which nothing was fitted; \`accuracy/fit-host.mjs\`,
\`accuracy/fit-frontend.mjs\`, \`accuracy/fit-launches.mjs\`, \`accuracy/fit-load.mjs\` and \`accuracy/fit-context.mjs\` fit host costs to the other half, \`accuracy/fit-experts.mjs\` the times of expert kernels that nobody measured. Kernel choices of engines and options of the servers come from what engines and the benchmark publish;
which of them to look up was found on the other half. The host costs of vLLM and TensorRT-LLM were compared
again, on the other half, after a look at a fifth of these rows: their TTFT is not wholly unseen. Each row is simulated from what it states (GPU, framework,
version, model, precision, parallelism, concurrency, lengths), without tuning for a deployment;
[serving.md](serving.md#against-measured-deployments) says what follows from the framework and the
benchmark. Step times are those of the \`calibrated\` model.

Error is |predicted - measured| / measured of the mean over all requests; bias is the median signed error. Means of
TTFT hold the start, when all requests arrive at once, and in old runs kernels that were compiled then. Where
InferenceX publishes the median TTFT of the same measurement, medians are compared: ${medians} aggregated points.

${table(['mode'], [line('aggregated', agg), line('disaggregated', disagg)])}

The targets for aggregated points are errors of 8 % (median) and 25 % (p90) for TPOT, 15 % and 45 % for TTFT.

## Aggregated, by GPU

${table(['GPU'], by(agg, 'system'))}

## Aggregated, by framework

${table(['framework'], by(agg, 'backend'))}

## Aggregated, by model and precision

${table(['model', 'precision'], by(agg, 'model', 'precision'))}

## Aggregated, by concurrency

${table(
  ['concurrent requests'],
  [
    ['1 to 8', 0, 8],
    ['9 to 32', 8, 32],
    ['33 to 128', 32, 128],
    ['more', 128, Number.POSITIVE_INFINITY],
  ].map(([name, above, upTo]) =>
    line(
      name,
      agg.filter(({ concurrency }) => concurrency > above && concurrency <= upTo),
    ),
  ),
)}

## Disaggregated, by GPU and framework

${table(['GPU', 'framework'], by(disagg, 'system', 'backend'))}

## Not simulated

| mode | why | points |
| --- | --- | ---: |
${[...why].map(([key, count]) => `| ${key} | ${count} |`).join('\n')}
`
}

function line(name, points) {
  const cells = ['tpot', 'ttft'].flatMap((metric) => {
    const errors = points.map((point) => Math.abs(point[metric])).sort((a, b) => a - b)
    const signed = points.map((point) => point[metric]).sort((a, b) => a - b)
    return [percent(errors, 0.5), percent(errors, 0.9), percent(signed, 0.5)]
  })
  return `| ${name} | ${points.length} | ${cells.join(' | ')} |`
}

function table(labels, lines) {
  const header = [...labels, 'points', 'TPOT median', 'p90', 'bias', 'TTFT median', 'p90', 'bias']
  const align = header.map((_, i) => (i < labels.length ? '---' : '---:'))
  return [`| ${header.join(' | ')} |`, `| ${align.join(' | ')} |`, ...lines].join('\n')
}

function percent(sorted, share) {
  if (sorted.length === 0) return ''
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return `${(100 * value).toFixed(1)} %`
}
