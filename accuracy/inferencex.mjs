// Simulates the measured deployments of InferenceX in the corpus and writes docs/accuracy-inferencex.md.
//
//   npx -y pnpm@12.21.0 run build && node accuracy/inferencex.mjs [--every N] [--print] [--list]
//   node accuracy/inferencex.mjs --part 0/2 part-0.json & node accuracy/inferencex.mjs --part 1/2 part-1.json; wait
//   node accuracy/inferencex.mjs --from part-0.json part-1.json
//
// --every N takes one row in N; --print writes to stdout; --list prints each point; --part simulates every Nth row from
// the Kth on into a file, --from reads such files. The corpus is at ../shared/data or
// where FLOWSIM_CORPUS says. How a row becomes a configuration: accuracy/serving/inferencex.mjs.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { quantileSorted } from 'd3-array'
import { ACCEPTANCES } from './serving/acceptance.mjs'
import { halfOfRow, pointOf } from './serving/inferencex.mjs'
import { readPoints } from './serving/points.mjs'
import { simulatePoint } from './serving/simulate.mjs'

const root = new URL('../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))
const flag = (name) => process.argv.indexOf(name)
const every = flag('--every') > 0 ? Number(process.argv[flag('--every') + 1]) : 1

const rows = readPoints(readFileSync(`${corpus}/serving/inferencex/points.csv`, 'utf8'))
const [part, parts] =
  flag('--part') > 0 ? process.argv[flag('--part') + 1].split('/').map(Number) : [0, 1]
const points = flag('--from') > 0 ? savedPoints() : simulateAll()
if (flag('--list') > 0) for (const point of points) console.error(JSON.stringify(point))
if (flag('--part') > 0) {
  writeFileSync(process.argv[flag('--part') + 2], JSON.stringify(points))
} else {
  const page = render(points)
  if (flag('--print') > 0) console.log(page)
  else writeFileSync(new URL('docs/accuracy-inferencex.md', root), page)
}

function savedPoints() {
  const files = process.argv.slice(flag('--from') + 1).filter((name) => !name.startsWith('--'))
  return files.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')))
}

function simulateAll() {
  return rows
    .filter((_, i) => i % every === 0)
    .filter((_, i) => i % parts === part)
    .map(simulate)
}

/** The point with its error; `why` where it cannot be simulated. */
function simulate(row) {
  const { config, ...point } = pointOf(row)
  if (point.why !== undefined) return point
  const { report, why } = simulatePoint({ id: 'point', config })
  if (report === undefined) return { ...point, why }
  const { durationS, inputTokens, outputTokens, ttft, tpot } = report
  const tokensPerS = (inputTokens + outputTokens) / durationS / point.devices
  return {
    ...point,
    half: point.method === 'mtp' ? halfOfRow(row) : 'report',
    predictedS: tpot.p50S,
    error: tpot.p50S / point.tpotS - 1,
    ttftError: ttft.p50S / point.ttftS - 1,
    throughputError: tokensPerS / point.tokensPerS - 1,
  }
}

function render(points) {
  const simulated = points.filter(({ why }) => why === undefined)
  const answered = simulated.filter(({ half }) => half === 'report')
  const fitted = simulated.filter(({ half }) => half === 'fit')
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

What a step with drafts takes beside its kernels (\`speculation.hostUs\`) is fitted by
[accuracy/fit-drafts.mjs](../accuracy/fit-drafts.mjs) to one half of the deployments with multi-token prediction (MTP);
of these the other half is reported. No other constant is fitted to these points. They are not unseen, though: after a
first run (MTP 12.1 %, without 12.8 %)
the servers' published options and which engine uses which expert kernels were looked up because points were far
off, and a fault of the scheduler was mended that showed here. Take the figures as those of a description that was
completed with the answers in view.

How many drafted tokens were accepted follows from what a row counts: the mean gap between chunks over the mean time of
a token is how many tokens a chunk has, and a chunk is as many steps as the server's \`stream_interval\`
([accuracy/serving/accepted-tokens.mjs](../accuracy/serving/accepted-tokens.mjs)). It also says how many were drafted:
as many as those whose published figure is the nearest. Where the interval is not known, points have the published
figure for DeepSeek V3 and R1. A point whose texts are accepted otherwise is wrong by as much.

| model | drafted tokens | tokens of a step, or chance of the first | chance of each | source |
| --- | ---: | ---: | ---: | --- |
${ACCEPTANCES.map(acceptanceLine).join('\n')}

Error is |predicted − measured| / measured of the median TPOT, of the median TTFT and of the tokens a second of a GPU
(prompts and outputs over the whole run); bias is the median signed error.

${table(['drafts'], by('method'))}

Of the half on which \`speculation.hostUs\` is fitted:

${table(['drafts'], [['mtp', fitted]])}

The target for points with MTP is a median error of TPOT of 12 %, for throughput of 6 %.

${table(['drafts', 'mode', 'framework'], by('method', 'mode', 'framework'))}

${table(['drafts', 'GPU', 'precision'], by('method', 'hardware', 'precision'))}

## Not simulated

| why | points |
| --- | ---: |
${[...why].map(([reason, count]) => `| ${reason} | ${count} |`).join('\n')}
`
}

function acceptanceLine({ model, drafted, tokensPerStep, chance, mean, source }) {
  return `| ${model} | ${drafted} | ${tokensPerStep ?? chance.join(' to ')} | ${mean.toFixed(2)} | ${source} |`
}

function table(labels, groups) {
  const columns = [
    'TPOT median',
    'p90',
    'bias',
    'TTFT median',
    'p90',
    'bias',
    'tokens/s/GPU median',
    'p90',
    'bias',
  ]
  const header = [...labels, 'points', ...columns]
  const align = header.map((_, i) => (i < labels.length ? '---' : '---:'))
  const lines = groups.map(([name, points]) => {
    const cells = ['error', 'ttftError', 'throughputError'].flatMap((metric) => {
      const signed = points.map((point) => point[metric]).sort((a, b) => a - b)
      const errors = signed.map(Math.abs).sort((a, b) => a - b)
      return [quantileSorted(errors, 0.5), quantileSorted(errors, 0.9), quantileSorted(signed, 0.5)]
    })
    return `| ${name} | ${points.length} | ${cells.map((cell) => `${(100 * cell).toFixed(1)} %`).join(' | ')} |`
  })
  return [`| ${header.join(' | ')} |`, `| ${align.join(' | ')} |`, ...lines].join('\n')
}
