// The worker that hunts at one door: inputs that reach new blocks are kept and changed further. What it is busy
// with stands in shared memory, so that the main thread can tell which input hangs.
import { readdirSync, readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { changed, randomNumbers, wordsOf } from './change.mjs'
import { coverageOf } from './coverage.mjs'

const { bundle, door: name, seconds, seed, corpus, shared, mostBytes } = workerData
/** How many inputs share one look at the counters; the one that added a block is looked for among them. */
const busy = { length: new Int32Array(shared, 0, 1), bytes: new Uint8Array(shared, 4) }
const { doors, isOurs } = await import(bundle)
const { seeds, read } = doors[name]
const coverage = await coverageOf(bundle)
const random = randomNumbers(seed)
const kept = []
const words = []
const findings = new Set()
let runs = 0

/** Lets the door read an input: what it throws that is not an error for users is a finding. */
async function tried(input) {
  busy.bytes.set(input)
  Atomics.store(busy.length, 0, input.length)
  runs++
  try {
    await read(input)
  } catch (error) {
    if (isOurs(error)) return
    const at = /\n\s+at (.*)/.exec(error?.stack ?? '')?.[1] ?? ''
    const what = `${error?.name}: ${String(error?.message).slice(0, 200)} ${at}`
    const place = what.replace(/\d+/g, '')
    if (findings.has(place)) return
    findings.add(place)
    parentPort.postMessage({ finding: what, input })
  }
}

async function keep(input, isSeed) {
  await tried(input)
  const added = await coverage.added()
  if (added === 0) return
  kept.push(input)
  words.push(...wordsOf(input))
  if (!isSeed) parentPort.postMessage({ kept: input, added, blocks: coverage.blocks })
}

const stored = readdirSync(corpus).map((file) => readFileSync(`${corpus}/${file}`))
for (const input of [...seeds, ...stored]) await keep(Buffer.from(input), true)
const began = coverage.blocks
const until = performance.now() + 1000 * seconds
while (performance.now() < until) {
  // New inputs are changed more often than old ones.
  const from = kept[Math.floor(kept.length * Math.sqrt(random()))]
  await keep(changed(from, { random, others: kept, words, mostBytes }), false)
  parentPort.postMessage({ beat: runs })
}
parentPort.postMessage({ done: { runs, began, blocks: coverage.blocks, kept: kept.length } })
