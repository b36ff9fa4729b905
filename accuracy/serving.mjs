// Simulates the measured serving points of the corpus and writes docs/accuracy-serving.md.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/serving.mjs [--every N] [--print]
//
// --every N takes one row in N; --print writes to stdout. The corpus is at ../shared/data or where
// FLOWSIM_CORPUS says. How a row becomes a configuration: accuracy/serving/points.mjs.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { prepareServing } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import { cached } from './serving/cached.mjs'
import { pointOf, readPoints } from './serving/points.mjs'

const root = new URL('../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))
const flag = (name) => process.argv.indexOf(name)
const every = flag('--every') > 0 ? Number(process.argv[flag('--every') + 1]) : 1

const rows = readPoints(readFileSync(`${corpus}/serving/silicon/serving_points.csv`, 'utf8'))
const options = {
  readText: (path) => readFileSync(path, 'utf8'),
  stepTimes: STEP_TIMES.map(cached),
}
const results = []
let shown = Date.now()
for (const [i, row] of rows.entries()) {
  if (i % every !== 0) continue
  results.push(simulate(row))
  if (Date.now() - shown < 10_000) continue
  shown = Date.now()
  console.error(`${i} of ${rows.length}`)
}
const page = render(results)
if (process.argv.includes('--print')) console.log(page)
else writeFileSync(new URL('docs/accuracy-serving.md', root), page)

function simulate(row) {
  const point = pointOf(row)
  if (point.why !== undefined) return point
  try {
    const { report } = prepareServing(JSON.stringify(point.config), {
      ...options,
      source: row.id,
    }).run()
    const { completed = 0, ...others } = report.requests
    if (completed === 0 || Object.keys(others).length > 0) {
      return { ...point, why: 'the deployment does not hold the requests' }
    }
    const error = (predictedS, measuredMs) => (1000 * predictedS - measuredMs) / measuredMs
    return {
      ...point,
      tpot: error(report.tpot.meanS, point.tpotMs),
      ttft: error(report.ttft.meanS, point.ttftMs),
    }
  } catch (error) {
    const known = ['model_does_not_fit', 'impossible_parallelism'].includes(error.code)
    if (!known) throw error
    const why = {
      model_does_not_fit: 'the model does not fit on the devices as described',
      impossible_parallelism: 'the parallelism as described cannot be',
    }[error.code]
    return { ...point, why }
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
  return `# How near serving simulations are to measured deployments

Written by \`node accuracy/serving.mjs\`.${sample} Measured points: TTFT and TPOT of ${results.length}
deployments under load, from ai-dynamo/aiconfigurator (Apache-2.0), most of them InferenceMAX runs. They are
one half of the points; the other half is held out. Each row is simulated from what it states (GPU,
framework, model, precision, parallelism, concurrency, lengths), without tuning for a deployment;
[serving.md](serving.md#against-measured-deployments) says what follows from the framework and the
benchmark. Step times are those of the \`calibrated\` model.

Error is |predicted - measured| / measured of the mean over all requests; bias is the median signed error.

${table(['mode'], [line('aggregated', agg), line('disaggregated', disagg)])}

The targets for aggregated points are a median TPOT error of 15 % and a median TTFT error of 25 %.

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
