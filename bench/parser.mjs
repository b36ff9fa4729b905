// Parsing a trace, in CPU seconds, wall seconds and peak memory, beside what others must at least do with the
// file: gunzip it, and JSON.parse its text. Each run is a separate process; the ways take turns, so that a
// machine that does other work slows all of them.
//
//   node bench/parser.mjs TRACE.json.gz [RUNS]
//
// A large trace: node bench/make-large-trace.mjs TRACE.json.gz 18 large.json.gz
import { execFileSync } from 'node:child_process'
import { createReadStream, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createGunzip, gunzipSync } from 'node:zlib'
import { median } from 'd3-array'

const [path, runs = '5'] = process.argv.slice(2)
if (path === undefined) {
  console.error('usage: node bench/parser.mjs TRACE.json.gz [RUNS]')
  process.exit(2)
}

const parse = (stacks) => async (file) => {
  const { parseFile } = await import('../packages/parser/dist/node.js')
  const { kernels } = await parseFile(file, { stacks })
  return kernels.filter(({ kind }) => kind === 'kernel' || kind === 'collective').length
}

const ways = {
  'gunzip in Node, bytes counted': async (file) => {
    let bytes = 0
    const text = createReadStream(file).pipe(createGunzip({ chunkSize: 1 << 18 }))
    for await (const chunk of text) bytes += chunk.length
    return bytes
  },
  'gunzip and JSON.parse of the whole': (file) =>
    JSON.parse(gunzipSync(readFileSync(file)).toString()).traceEvents.filter(
      ({ cat }) => cat === 'kernel',
    ).length,
  'flowsim, kernels and operators': parse('none'),
  'flowsim, with Python stacks': parse('python'),
}

const inner = process.env.FLOWSIM_BENCH_WAY
if (inner !== undefined) {
  const answer = await ways[inner](path)
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  console.log(JSON.stringify({ answer, cpuS: (userCPUTime + systemCPUTime) / 1e6, maxRSS }))
} else {
  compare()
}

/** CPU seconds of `gzip -dc | wc -c`, by the shell's account of its children. */
function gzip() {
  const started = performance.now()
  const script = 'gzip -dc "$1" | wc -c; times'
  const out = execFileSync('bash', ['-c', script, 'bash', path], { encoding: 'utf8' })
  const [bytes, , children] = out.trim().split('\n')
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => 60 * m + Number(s))
  const wallS = (performance.now() - started) / 1000
  return { answer: Number(bytes), cpuS: seconds[0] + seconds[1], wallS, maxRSS: Number.NaN }
}

function run(way) {
  const started = performance.now()
  const env = { ...process.env, FLOWSIM_BENCH_WAY: way }
  try {
    const out = execFileSync(process.execPath, [fileURLToPath(import.meta.url), path], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { ...JSON.parse(out), wallS: (performance.now() - started) / 1000 }
  } catch (error) {
    const reason = /(ERR_\w+)/.exec(String(error.stderr))?.[1] ?? 'failed'
    return { answer: reason, cpuS: Number.NaN, wallS: Number.NaN, maxRSS: Number.NaN }
  }
}

function compare() {
  const results = new Map([['gzip -dc | wc -c', []], ...Object.keys(ways).map((way) => [way, []])])
  for (let i = 0; i < Number(runs); i++) {
    for (const [way, list] of results) list.push(way in ways ? run(way) : gzip())
  }
  const base = median(results.get('gzip -dc | wc -c').map(({ cpuS }) => cpuS))
  console.log(`${path}, median of ${runs} runs\n`)
  console.log(
    `${'way'.padEnd(36)}${'CPU s'.padStart(8)}${'× gzip'.padStart(8)}${'wall s'.padStart(8)}${'peak MiB'.padStart(10)}  answer`,
  )
  for (const [way, list] of results) {
    const cpuS = median(list.map((each) => each.cpuS))
    const wallS = median(list.map((each) => each.wallS))
    const mib = median(list.map((each) => each.maxRSS)) / 1024
    const cells = [
      cpuS.toFixed(2).padStart(8),
      (cpuS / base).toFixed(2).padStart(8),
      wallS.toFixed(2).padStart(8),
      (Number.isNaN(mib) ? '-' : mib.toFixed(0)).padStart(10),
    ]
    console.log(`${way.padEnd(36)}${cells.join('')}  ${list[0].answer}`)
  }
}
