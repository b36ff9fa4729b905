// How near the latency models come to hardware: writes the tables of docs/accuracy.md.
//
//   cd packages/calibration && node scripts/calibrate.mjs --held-out DIR
//   node scripts/calibrate.mjs --held-out DIR/unseen --without h100_sxm,gb200,gb300,all_gather \
//     attention collective && cd ../..
//   node accuracy/kernels.mjs --held-out DIR      tables of held-out rows and of traces
//   node accuracy/kernels.mjs                     tables of traces only
//
// Needs built packages and the corpus (FLOWSIM_CORPUS, or ../shared/data). Held-out rows are predicted with
// profiles that were fitted without them, traces with the package's own profiles.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { heldOutTables } from './kernels/held-out.mjs'
import { traceTables } from './kernels/traces.mjs'

const { values: flags } = parseArgs({ options: { 'held-out': { type: 'string' } } })
const page = new URL('../docs/accuracy.md', import.meta.url)
const tables = {
  ...(flags['held-out'] && (await heldOutTables(flags['held-out']))),
  ...(await traceTables()),
}
let text = readFileSync(page, 'utf8')
for (const [name, table] of Object.entries(tables)) {
  const [from, to] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`]
  const start = text.indexOf(from)
  const end = text.indexOf(to)
  if (start < 0 || end < start) throw new Error(`docs/accuracy.md has no place for ${name}`)
  text = `${text.slice(0, start + from.length)}\n${table}\n${text.slice(end)}`
}
writeFileSync(page, text)
