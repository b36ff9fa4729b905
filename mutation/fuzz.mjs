// Fuzzing that is guided by coverage: inputs that reach blocks of the code which none reached before are kept and
// changed further, at every door through which something comes in.
//
//   pnpm fuzz                            every door, a minute each
//   pnpm fuzz -- traces --seconds 600    one door
//   pnpm fuzz -- --seed 7                other changes; the seed is said, so that a run can be repeated
//
// Inputs that reached something new lie in mutation/corpus/DOOR (at most 12, of 2 kB each; --keep adds to them) and
// are tried again by every run. A finding, an error that is not for users, a crash, or an input that takes over ten seconds, is written
// to mutation/results/fuzz, and the run fails. Built-in counters of V8 give the coverage (node:inspector).
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'

const MOST_BYTES = 64_000
const HANG_MS = 10_000
const KEPT_FILES = 12
const KEPT_BYTES = 2_000

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== '--'),
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    keep: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('--seconds and --seed are numbers, such as --seconds 60 --seed 7')
  process.exit(2)
}

const results = 'mutation/results/fuzz'
mkdirSync(results, { recursive: true })
const outfile = `${process.cwd()}/${results}/doors.mjs`
await build({
  entryPoints: ['mutation/fuzz/doors.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  conditions: ['@flowsim/source'],
  sourcemap: 'inline',
  logLevel: 'error',
  loader: { '.wasm': 'file', '.node': 'file' },
  // What CommonJS packages expect; SQLite looks for its WebAssembly beside itself.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  plugins: [
    {
      name: 'SQLite stays where it is',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^(?:sql\.js|node-sqlite3-wasm)/ }, ({ path, resolveDir }) => ({
          path: pathToFileURL(createRequire(`${resolveDir}/here.js`).resolve(path)).href,
          external: true,
        })),
    },
  ],
})
const bundle = pathToFileURL(outfile).href
const { doors } = await import(bundle)
const wanted = positionals.length > 0 ? positionals : Object.keys(doors)
const unknown = wanted.find((name) => !(name in doors))
if (unknown !== undefined) {
  console.error(`no door "${unknown}": there are ${Object.keys(doors).join(', ')}`)
  process.exit(2)
}
console.log(`seed ${seed}, ${seconds} s at each door`)
for (const door of wanted) await hunt(door)
process.exit(process.exitCode ?? 0)

function nameOf(input) {
  return createHash('sha256').update(input).digest('hex').slice(0, 16)
}

function finding(door, what, input) {
  const file = `${results}/${door}-${nameOf(input)}`
  writeFileSync(file, input)
  console.error(`${door}: ${what}\n  input: ${file}`)
  process.exitCode = 1
}

function hunt(door) {
  const corpus = `mutation/corpus/${door}`
  mkdirSync(corpus, { recursive: true })
  const shared = new SharedArrayBuffer(4 + 4 * MOST_BYTES)
  const busy = () =>
    Buffer.from(new Uint8Array(shared, 4, new Int32Array(shared, 0, 1)[0])).subarray()
  const fresh = []
  return new Promise((done) => {
    const worker = new Worker(new URL('fuzz/hunt.mjs', import.meta.url), {
      workerData: { bundle, door, seconds, seed, corpus, shared, mostBytes: MOST_BYTES },
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    })
    let watch
    const beat = () => {
      clearTimeout(watch)
      watch = setTimeout(() => {
        finding(door, `an input takes over ${HANG_MS / 1000} s`, busy())
        worker.terminate()
      }, HANG_MS)
    }
    const end = () => {
      clearTimeout(watch)
      done()
    }
    worker.on('message', (message) => {
      if (message.beat !== undefined) beat()
      if (message.kept !== undefined) fresh.push(message)
      if (message.finding !== undefined) finding(door, message.finding, message.input)
      if (message.done !== undefined) {
        const { runs, began, blocks, kept } = message.done
        const stored = values.keep ? store(corpus, fresh) : 0
        console.log(
          `${door}: ${runs} inputs, ${began} → ${blocks} blocks, ${kept} that reached something new${stored > 0 ? `, ${stored} of them now in ${corpus}` : ''}`,
        )
        worker.terminate()
      }
    })
    worker.on('error', (error) => finding(door, `crash: ${error.message}`, busy()))
    worker.on('exit', end)
  })
}

/** The inputs that added most, as files, up to so many in all. */
function store(corpus, fresh) {
  const free =
    KEPT_FILES - readdirSync(corpus).filter((file) => statSync(`${corpus}/${file}`).isFile()).length
  const best = fresh
    .filter(({ kept }) => kept.length <= KEPT_BYTES)
    .sort((a, b) => b.added - a.added)
    .slice(0, Math.max(0, free))
  for (const { kept } of best) writeFileSync(`${corpus}/${nameOf(kept)}`, kept)
  return best.length
}
