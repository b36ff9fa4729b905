// CPU time and memory of the serving simulator, and where the time goes.
//
//   npx -y pnpm@12.21.0 run build && node bench/serving.mjs [--million] [--profile] [--command]
//
// 5,000 requests at 20 a second, 512 prompt and 129 output tokens each: 645,000 output tokens on one
// instance, the run that inference-sim (Go) takes 19.8 CPU s for as shipped and 1.8 at its best setting.
// Each case runs in its own process, three times; the middle CPU time counts, and the most memory.
// --million adds a million requests; --profile prints the functions that take most of the first case; --command
// measures the first cases as users run them, with start-up and configuration: `flowsim serving run --json`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { interleave, measureNode, printTable } from './lib/measure.mjs'

const self = fileURLToPath(import.meta.url)
const entry = (name) => new URL(`../packages/${name}/dist/index.js`, import.meta.url)
for (const name of ['serving-sim', 'step-time']) {
  if (!existsSync(fileURLToPath(entry(name)))) {
    console.error(`packages/${name}/dist is missing: run \`npx -y pnpm@12.21.0 run build\` first`)
    process.exit(1)
  }
}

const workload = (requests, ratePerS) => ({
  type: 'synthetic',
  requests,
  arrival: { process: 'poisson', ratePerS },
  inputTokens: 512,
  outputTokens: 129,
})
const llama = { type: 'model', model: 'llama-3.1-8b', hardware: 'h100_sxm' }
const linear = { type: 'linear', perStepUs: 5000, perPrefillTokenUs: 20, perDecodeUs: 20 }

/** Name and configuration of each case. */
const CASES = {
  'flowsim, llama-3.1-8b on h100_sxm, calibrated': {
    workload: workload(5000, 20),
    stepTime: llama,
  },
  'flowsim, linear step time': {
    workload: workload(5000, 20),
    stepTime: linear,
    kv: { blocks: 30_000 },
  },
  'flowsim, four instances, prefix-aware': {
    workload: { ...workload(5000, 60), prefix: { tokens: 256, groups: 16 } },
    stepTime: llama,
    instances: [{ count: 4 }],
    routing: { policy: 'weighted' },
  },
  'flowsim under pressure: 5 % of the KV blocks': {
    workload: workload(5000, 20),
    stepTime: llama,
    kv: { blocks: 1400 },
  },
  'a million requests, one instance': {
    workload: workload(1_000_000, 30),
    stepTime: llama,
    isMillion: true,
  },
}

const [, , command, name] = process.argv
if (command === '--case') await runCase(name, process.argv.includes('--profile'))
else if (process.argv.includes('--command')) runCommand()
else runAll(process.argv.slice(2))

async function runCase(name, profiled) {
  const { prepareServing } = await import(entry('serving-sim').href)
  const { STEP_TIMES } = await import(entry('step-time').href)
  const { isMillion: _, ...config } = CASES[name]
  const text = JSON.stringify({ engine: 'flowsim', seed: 1, ...config })
  const prepared = prepareServing(text, {
    source: name,
    readText: () => '',
    stepTimes: STEP_TIMES,
  })
  const session = new Session()
  if (profiled) {
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 200 })
    await session.post('Profiler.start')
  }
  const before = process.cpuUsage()
  const { report } = prepared.run()
  const { user, system } = process.cpuUsage(before)
  if (profiled) printProfile((await session.post('Profiler.stop')).profile)
  const { maxRSS } = process.resourceUsage()
  console.log(
    JSON.stringify({
      cpuS: (user + system) / 1e6,
      rssMb: maxRSS / 1024,
      requests: report.requests.completed,
      outputTokens: report.outputTokens,
      steps: report.steps,
      preemptions: report.preemptions,
    }),
  )
}

function runAll(flags) {
  const rows = []
  for (const [name, { isMillion }] of Object.entries(CASES)) {
    if (isMillion && !flags.includes('--million')) continue
    const runs = Array.from({ length: isMillion ? 1 : 3 }, () => spawnCase(name))
    runs.sort((a, b) => a.cpuS - b.cpuS)
    const middle = runs[Math.floor(runs.length / 2)]
    rows.push([
      name,
      middle.cpuS.toFixed(2),
      Math.max(...runs.map(({ rssMb }) => rssMb)).toFixed(0),
      middle.requests.toLocaleString('en-US'),
      middle.outputTokens.toLocaleString('en-US'),
      middle.steps.toLocaleString('en-US'),
      Math.round(middle.outputTokens / middle.cpuS).toLocaleString('en-US'),
      middle.preemptions.toLocaleString('en-US'),
    ])
  }
  const header = [
    'case',
    'CPU s',
    'MB',
    'requests',
    'tokens',
    'steps',
    'tokens/CPU s',
    'preemptions',
  ]
  const widths = header.map((label, c) =>
    Math.max(label.length, ...rows.map((row) => row[c].length)),
  )
  for (const row of [header, ...rows]) {
    console.log(
      row
        .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
        .join('  '),
    )
  }
  if (flags.includes('--profile')) {
    console.log()
    spawnCase(Object.keys(CASES)[0], ['--profile'])
  }
}

function runCommand() {
  const flowsim = fileURLToPath(new URL('../apps/cli/dist/flowsim.js', import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-bench-serving-'))
  const ways = {}
  const [model, linearStep] = Object.entries(CASES)
  for (const [name, config] of [model, linearStep]) {
    for (const requests of [config.workload.requests, 1]) {
      const path = join(folder, `${Object.keys(ways).length}.json`)
      const workload = { ...config.workload, requests }
      writeFileSync(path, JSON.stringify({ seed: 1, ...config, workload }))
      const arguments_ = [flowsim, 'serving', 'run', '--config', path, '--json']
      ways[`${name}, requests: ${requests}`] = () => measureNode(arguments_)
    }
  }
  try {
    printTable(interleave(ways, 5))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function spawnCase(name, flags = []) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [self, '--case', name, ...flags], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
  const lines = stdout.trim().split('\n')
  if (lines.length > 1) console.log(lines.slice(0, -1).join('\n'))
  return JSON.parse(lines.at(-1))
}

/** Self times of the functions that take most. */
function printProfile({ nodes, samples, timeDeltas }) {
  const own = new Map()
  for (const [i, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + timeDeltas[i])
  const byFunction = new Map()
  for (const { id, callFrame } of nodes) {
    const file = callFrame.url.replace(/.*\/(packages\/[^/]+)\/.*/, '$1')
    const key = `${callFrame.functionName || '(anonymous)'}  ${file || '(engine)'}`
    byFunction.set(key, (byFunction.get(key) ?? 0) + (own.get(id) ?? 0))
  }
  const total = [...byFunction.values()].reduce((a, b) => a + b, 0)
  for (const [key, us] of [...byFunction].sort((a, b) => b[1] - a[1]).slice(0, 20)) {
    console.log(
      `${((100 * us) / total).toFixed(1).padStart(5)} %  ${(us / 1000).toFixed(0).padStart(6)} ms  ${key}`,
    )
  }
}
