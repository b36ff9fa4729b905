// How near the calibrated model comes to measured rows.
//
//   node accuracy/kernels.mjs                     writes what the profiles say of themselves into docs/accuracy.md
//   cd packages/calibration && node scripts/calibrate.mjs --held-out DIR
//   node scripts/calibrate.mjs --held-out DIR/unseen --without h100_sxm,gb200,gb300,all_gather \
//     attention collective && cd ../..
//   node accuracy/kernels.mjs --held-out DIR      prints rows that profiles fitted without them predict
//
// Needs built packages; with --held-out also the corpus (FLOWSIM_CORPUS, or ../shared/data).
import { parseArgs } from 'node:util'
import { fitsTable } from './kernels/fits.mjs'
import { heldOutTables } from './kernels/held-out.mjs'
import { writeTables } from './kernels/page.mjs'

const { values: flags } = parseArgs({ options: { 'held-out': { type: 'string' } } })
const held = flags['held-out']
if (held === undefined) writeTables({ fits: fitsTable() })
else for (const table of Object.values(await heldOutTables(held))) console.log(`${table}\n`)
