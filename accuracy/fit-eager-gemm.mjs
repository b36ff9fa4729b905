// Fits packages/calibration/src/calibrated/eager-gemm.json: what a 16-bit product takes in PyTorch's eager mode on
// Hopper, beside what the tables of engines say.
//
//   node accuracy/fit-eager-gemm.mjs
//
// Needs built packages and the corpus. It prints; the file is edited by hand. Each job is also predicted by the fit
// of the others.
import { calibrated } from '@flowsim/calibration'
import { median } from 'd3-array'
import { corpus } from '../packages/calibration/scripts/corpus.mjs'
import { jobOf, tracePaths, traceRows } from '../packages/calibration/scripts/trace-rows.mjs'

const rows = []
for (const path of tracePaths(corpus)) {
  for (const row of await traceRows(corpus, path)) {
    const { call, hardware, options, latencyUs } = row
    if (options.source !== 'pytorch' || hardware.computeCapability !== '9.0') continue
    if (!/^(?:matmul|bmm)$/.test(call.op) || !/^(?:bf16|fp16)$/.test(call.dtype)) continue
    const table = calibrated.estimate(call, hardware).latencyS * 1e6
    rows.push({
      job: jobOf(path),
      table,
      us: latencyUs,
      aligned: call.n % 8 === 0 && call.k % 8 === 0,
    })
  }
}

const off = ({ table, us }, { times, addUs }) => Math.abs(Math.log((times * table + addUs) / us))

function fit(some) {
  let best = { loss: Infinity }
  for (let times = 0.9; times < 1.3; times += 0.01) {
    for (let addUs = 0; addUs < 4; addUs += 0.1) {
      const loss = some.reduce((sum, row) => sum + off(row, { times, addUs }), 0) / some.length
      if (loss < best.loss) best = { loss, times, addUs }
    }
  }
  return best
}

const text = ({ loss, times, addUs }) =>
  `times ${times.toFixed(2)}, addUs ${addUs.toFixed(1)}, mean error ${(100 * loss).toFixed(1)} %`
const aligned = rows.filter((row) => row.aligned)
const all = fit(aligned)
console.log(`all ${aligned.length} products: ${text(all)}`)
const odd = rows.filter((row) => !row.aligned)
const factor = median(odd, ({ table, us }) => us / (all.times * table + all.addUs))
console.log(`misaligned ${factor?.toFixed(2)}, median of ${odd.length}`)
for (const job of new Set(aligned.map((row) => row.job))) {
  const own = aligned.filter((row) => row.job === job)
  const others = fit(aligned.filter((row) => row.job !== job))
  const error = own.reduce((sum, row) => sum + off(row, others), 0) / own.length
  const plain = own.reduce((sum, row) => sum + off(row, { times: 1, addUs: 0 }), 0) / own.length
  console.log(
    `${job}: by the others ${text({ ...others, loss: error })}; tables alone ${(100 * plain).toFixed(1)} %`,
  )
}
