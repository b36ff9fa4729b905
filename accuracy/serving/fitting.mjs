// What fits to the measured deployments share: the rows of the half `fit`, and how far off a prediction is.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { halfOf } from './halves.mjs'
import { pointOf, readPoints } from './points.mjs'

const root = new URL('../../', import.meta.url)
const corpus = process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../shared/data', root))

/** Most concurrent requests times their output, so that a fit takes minutes. */
const MOST_TOKENS = 2_200_000

/** The folder of engine facts. */
export const ENGINES = new URL('packages/step-time/engines/', root)

/** Points of the half that is fitted on, of the rows that `isWanted`. */
export function fitPoints(isWanted, mode = 'agg') {
  return readPoints(readFileSync(`${corpus}/serving/silicon/serving_points.csv`, 'utf8'))
    .filter((row) => row.mode === mode && halfOf(row) === 'fit' && !compiles(row) && isWanted(row))
    .map((row) => ({ row, ...pointOf(row) }))
    .filter(({ why, concurrency, osl }) => why === undefined && concurrency * osl <= MOST_TOKENS)
}

/** SGLang's runs before versions were written compiled kernels while they were measured: p99 of TTFT is 70 s. */
function compiles({ backend, backend_version: version }) {
  return backend === 'sglang' && version === ''
}

/** As many of the points as are asked for, at equal distances. */
export function spread(points, most) {
  const step = Math.max(1, points.length / most)
  return Array.from(
    { length: Math.min(most, points.length) },
    (_, i) => points[Math.floor(i * step)],
  )
}

/** How far off a prediction is: |ln(predicted / measured)|, at most ln 2. */
export function off(predicted, measured) {
  return Math.min(Math.LN2, Math.abs(Math.log(predicted / measured)))
}
