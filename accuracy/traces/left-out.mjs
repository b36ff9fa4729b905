// The calibrated model without what it learned from one job's traces: its profiles, those that hold rows of
// traces fitted again without the rows of that job.
import { readdirSync, readFileSync } from 'node:fs'
import { calibrate, createCalibrated } from '@flowsim/calibration'
import { fitOptions, RECIPES } from '../../packages/calibration/scripts/corpus.mjs'

const folder = new URL('../../packages/calibration/profiles/', import.meta.url)
// As the package reads its own.
const ORDER = [
  'gemm-h100_sxm',
  'gemm-h200_sxm',
  'gemm-b200_sxm',
  'gemm-gb200',
  'gemm-a100_sxm',
  'gemm-l40s',
  'gemm-rtx_pro_6000_server',
  'moe-h100_sxm',
  'pointwise-layers',
  'pointwise-eager',
  'pointwise-engine',
  'pointwise-events',
]
const order = ({ name }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)

/** Profiles of a folder in the order in which the package reads its own. */
export function readProfiles(from = folder) {
  return readdirSync(from)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(new URL(name, from), 'utf8')))
    .sort((a, b) => order(a) - order(b))
}

const shipped = readProfiles()
const known = new Map()

/** The model without the rows of a job; jobs are those of `jobOf`. */
export function modelWithout(job) {
  if (!known.has(job)) known.set(job, fitWithout(job))
  return known.get(job)
}

async function fitWithout(job) {
  const profiles = []
  for (const profile of shipped) {
    const recipe = RECIPES[profile.name]
    if (recipe?.fromTraces !== true) {
      profiles.push(profile)
      continue
    }
    const rows = await recipe.rows(job)
    if (rows.length > 0) profiles.push(calibrate(rows, fitOptions(profile.name, recipe)).profile)
  }
  return createCalibrated({ profiles, builtIn: false })
}
