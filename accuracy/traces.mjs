// How near predictions come to the compute kernels of traces that the profiles have not seen: for every trace of
// the corpus whose device is known, the sum and each operation, by profiles without the rows of its job.
//
//   node accuracy/traces.mjs [--in-sample] [--worst 10] [--show OPERATION] [--write] [NAME…]
//
//   --in-sample         the package's own profiles, which hold rows of these traces
//   --worst N           the N operations and kernels of each trace that miss the most time
//   --show OPERATION    every call of an operation
//   --write             writes the tables into docs/accuracy.md
//   NAME                only traces whose name holds it
//
// Needs built packages and the corpus (FLOWSIM_CORPUS, or ../shared/data).
import { parseArgs } from 'node:util'
import { calibrated, commonErrorShare } from '@flowsim/calibration'
import { median } from 'd3-array'
import { corpus } from '../packages/calibration/scripts/corpus.mjs'
import { tracePaths } from '../packages/calibration/scripts/trace-rows.mjs'
import { writeTables } from './kernels/page.mjs'
import { markdown, percent } from './kernels/table.mjs'
import { modelWithout } from './traces/left-out.mjs'
import { grouped, loadTrace, scoredKernels, totals } from './traces/score.mjs'

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    'in-sample': { type: 'boolean' },
    worst: { type: 'string' },
    show: { type: 'string' },
    write: { type: 'boolean' },
  },
})
const ms = (us) => (us / 1000).toFixed(3)
const common = commonErrorShare('calibrated')

const rows = []
const scores = []
const kinds = new Map()
const shares = [0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((value) => ({ value, inside: 0 }))
for (const path of tracePaths(corpus)) {
  if (names.length > 0 && !names.some((name) => path.includes(name))) continue
  const loaded = await loadTrace(path)
  if (loaded.hardware === undefined) continue
  const model = flags['in-sample'] ? calibrated : await modelWithout(loaded.job)
  const kernels = scoredKernels(loaded, model)
  if (kernels.length === 0) continue
  const all = totals(kernels, common)
  scores.push(all)
  for (const share of shares) if (totals(kernels, share.value).inside) share.inside++
  rows.push([
    loaded.title,
    loaded.hardware.name,
    ms(all.measured + all.unanswered),
    percent(all.without),
    percent(all.error),
    percent(all.weighted),
    all.measured > 0 ? (all.inside ? 'yes' : 'no') : '-',
  ])
  process.stderr.write(`${rows.at(-1).join('  ')}\n`)
  for (const [op, group] of grouped(kernels, ({ operation }) => operation.op ?? 'unknown')) {
    if (all.without > 0.5) continue
    kinds.set(op, [...(kinds.get(op) ?? []), totals(group)])
  }
  if (flags.worst) report(loaded, kernels, Number(flags.worst))
  if (flags.show) show(kernels.filter(({ operation }) => operation.op === flags.show))
}
const table = markdown(
  ['trace', 'device', 'ms', 'without estimate', 'sum', 'by time', 'in p10–p90'],
  rows,
  [0, 1],
)
console.log(table)
const answered = scores.filter(({ measured }) => measured > 0)
const sizes = answered.map(({ error }) => Math.abs(error))
const share = (limit) => sizes.filter((size) => size <= limit).length / sizes.length
console.log(
  `median ${percent(median(sizes))}, within 10 % ${percent(share(0.1), 0)}, within 20 % ${percent(share(0.2), 0)}`,
)

function report({ title }, kernels, count) {
  console.log(`\n**${title}**\n`)
  const lines = grouped(kernels, ({ operation }) => operation.op ?? 'unknown').map(
    ([op, group]) => {
      const sum = totals(group)
      return [
        op,
        String(group.length),
        ms(sum.measured + sum.unanswered),
        percent(sum.without),
        percent(sum.error),
        percent(sum.weighted),
      ]
    },
  )
  console.log(
    markdown(['operation', 'kernels', 'ms', 'without', 'sum', 'by time'], lines.slice(0, count)),
  )
  console.log('')
  show(kernels, count)
}

/** Calls of kernels, those that miss the most time first. */
function show(kernels, count = 100) {
  const calls = grouped(kernels, ({ operation, kernel }) =>
    JSON.stringify([operation.call ?? operation.missing, kernel.name]),
  )
  const missed = calls
    .map(([, group]) => ({ group, sum: totals(group) }))
    .sort((a, b) => b.sum.absolute + b.sum.unanswered - a.sum.absolute - a.sum.unanswered)
  for (const { group, sum } of missed.slice(0, count)) {
    const [{ kernel, operation, estimate, us }] = group
    console.log(
      `${ms(sum.measured + sum.unanswered)} ms ${percent(sum.error)} = ${us.toFixed(1)} us × ${group.length}  ${JSON.stringify(operation.call ?? operation.missing)}  ${kernel.name.slice(0, 110)}  [${kernel.op?.name}] ${estimate?.profile} ${estimate?.notes?.join('; ')}`,
    )
  }
}
console.log(
  `totals within p10–p90 by the share of the errors that kernels have in common: ${shares.map(({ value, inside }) => `${value}: ${percent(inside / scores.length, 0)}`).join(', ')}`,
)
if (flags.write) writeTables({ traces: table, operations: operationsTable() })

/** Operations of all traces of which more than half has an estimate, those that take the most time first. */
function operationsTable() {
  const sum = (list, of) => list.reduce((total, each) => total + of(each), 0)
  const lines = [...kinds]
    .map(([op, list]) => ({
      op,
      traces: list.length,
      measured: sum(list, ({ measured }) => measured),
      predicted: sum(list, ({ predicted }) => predicted),
      absolute: sum(list, ({ absolute }) => absolute),
      unanswered: sum(list, ({ unanswered }) => unanswered),
    }))
    .sort((a, b) => b.measured + b.unanswered - a.measured - a.unanswered)
    .map(({ op, traces, measured, predicted, absolute, unanswered }) => [
      op,
      String(traces),
      ms(measured + unanswered),
      percent(unanswered / (measured + unanswered)),
      percent(predicted / measured - 1),
      percent(absolute / measured),
    ])
  return markdown(['operation', 'traces', 'ms', 'without estimate', 'sum', 'by time'], lines)
}
