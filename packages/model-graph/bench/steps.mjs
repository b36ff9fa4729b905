// How many steps a second of CPU time a compiled graph is sized for, and how long graphs take to
// compile and to build.
//
//   node packages/model-graph/bench/steps.mjs
//
// Needs a build (`npx -y pnpm@12.21.0 build`).
import { buildStep, compileStep, findModel, summarizeBatch } from '../dist/index.js'

const CASES = [
  ['llama-3.1-8b', {}],
  ['llama-3.1-405b', { tensor: 8 }],
  ['gpt-oss-120b', { tensor: 8 }],
  ['deepseek-v3', { data: 8, expert: 8 }],
  ['qwen3.5-397b-a17b', { tensor: 8 }],
]

for (const [name, parallelism] of CASES) {
  const model = findModel(name)
  const step = compileStep(model, { parallelism })
  const batch = summarizeBatch([{ newTokens: 1, pastTokens: 1000, count: 64 }])
  const ops = step(batch).length
  const sized = perSecond(2_000_000, () => {
    batch.decodeKeys++
    step(batch)
  })
  const compiled = perSecond(2_000, () => compileStep(model, { parallelism }))
  const built = perSecond(2_000, () =>
    buildStep(model, { parallelism, batch: [{ newTokens: 1, pastTokens: 1000, count: 64 }] }),
  )
  console.log(
    `${name.padEnd(20)} ${ops} operations  ${round(sized)} steps/s compiled  ${round(built)} steps/s built  ${(1e6 / compiled).toFixed(0)} µs to compile`,
  )
}

/** Calls in a second of CPU time, after a tenth of them to warm up. */
function perSecond(count, call) {
  for (let i = 0; i < count / 10; i++) call()
  const start = process.cpuUsage()
  for (let i = 0; i < count; i++) call()
  const { user, system } = process.cpuUsage(start)
  return count / ((user + system) / 1e6)
}

function round(value) {
  return Number(value.toPrecision(2)).toLocaleString('en-US')
}
