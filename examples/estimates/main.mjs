// 1,000 matrix products on three GPUs: how long, what limits them, how sure.
import { calibrated } from '@flowsim/calibration'
import { findHardware } from '@flowsim/perf-model/hardware'

const SIZES = [64, 256, 1024, 2048, 4096, 5120, 8192, 14336, 16384, 28672]
const products = SIZES.flatMap((m) =>
  SIZES.flatMap((n) => SIZES.map((k) => ({ op: 'matmul', m, n, k, dtype: 'bf16' }))),
)

console.log('device         sum   of which bound by compute, memory   width of p10–p90')
for (const name of ['a100_sxm', 'h100_sxm', 'b200_sxm']) {
  const device = findHardware(name)
  const estimates = products.map((product) => calibrated.estimate(product, device))
  const sum = (of) => of.reduce((total, { latencyS }) => total + latencyS, 0)
  const share = (bound) => sum(estimates.filter((each) => each.bound === bound)) / sum(estimates)
  const widths = estimates.map(({ p10S, p90S, latencyS }) => (p90S - p10S) / latencyS)
  const median = widths.sort((a, b) => a - b)[widths.length >> 1]
  const percent = (value) => `${(100 * value).toFixed(0)} %`.padStart(6)
  console.log(
    `${name.padEnd(12)} ${sum(estimates).toFixed(3)} s ${percent(share('compute'))} ${percent(share('memory'))} ${percent(median)}`,
  )
}
