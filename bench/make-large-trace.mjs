// A large trace out of a small one: its events again and again, later in time and with their own ids.
//
//   node bench/make-large-trace.mjs TRACE.json.gz COPIES OUT.json.gz [LEVEL]
//
// 18 copies of the SGLang trace are 1.06 GB, 175 are 10 GB; level 1 packs them fastest.
import { createWriteStream, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gunzipSync } from 'node:zlib'

const [input, copies, output, level = '6'] = process.argv.slice(2)
if (output === undefined) {
  console.error('usage: node bench/make-large-trace.mjs TRACE.json.gz COPIES OUT.json.gz [LEVEL]')
  process.exit(2)
}

const SHIFT_US = 700_000
const SHIFT_ID = 1_000_000

const text = gunzipSync(readFileSync(input)).toString()
const opening = '"traceEvents": ['
const start = text.indexOf(opening) + opening.length
const end = text.lastIndexOf(']')
const header = text.slice(0, start)
const events = text.slice(start, end)
const trailer = text.slice(end)

/** The events of one copy. Times have at most three decimals, so whole microseconds can be added. */
function copy(n) {
  if (n === 0) return events
  return events
    .replace(/"ts": (\d+)/g, (_, us) => `"ts": ${Number(us) + n * SHIFT_US}`)
    .replace(
      /"(correlation|External id|id|Python id|Python parent id|Ev Idx)": (\d+)/g,
      (_, key, id) => `"${key}": ${Number(id) + n * SHIFT_ID}`,
    )
}

function* parts() {
  yield header
  for (let n = 0; n < Number(copies); n++) yield n === 0 ? copy(n) : `,${copy(n)}`
  yield trailer
}

await pipeline(
  Readable.from(parts()),
  createGzip({ level: Number(level) }),
  createWriteStream(output),
)
