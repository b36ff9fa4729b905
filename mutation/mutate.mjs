// Plants small faults in the cores, one at a time, and asks whether a test notices (StrykerJS).
//
//   pnpm mutate                      every core, one after the other: hours
//   pnpm mutate -- parser-link       one core
//   pnpm mutate -- operations src/ops/conv.ts    one file of a core
//   pnpm mutate -- parser-link --sample 150      so many faults, drawn at random (--seed 1): minutes, and an interval
//
// Results are kept in mutation/results/CORE.json, and a run asks anew only what changed since. It fails when a
// core's score, the share of the faults that a test noticed, is below 80 %. A sample is not kept.
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'

const LEAST_SCORE = 80
/** Two-sided 95 % of a normal distribution. */
const Z95 = 1.96

const SAMPLE_PLUGIN = fileURLToPath(new URL('sample-checker.mjs', import.meta.url))
process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { '//': _, ...cores } = JSON.parse(readFileSync('mutation/cores.json', 'utf8'))
const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== '--'),
  options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const [wanted, ...files] = positionals
const isSample = values.sample !== undefined
if (isSample && !(Number(values.sample) >= 1)) {
  console.error(`--sample ${values.sample}: write how many faults, such as 150`)
  process.exit(2)
}
if (wanted !== undefined && !(wanted in cores)) {
  console.error(`no core "${wanted}": there are ${Object.keys(cores).join(', ')}`)
  process.exit(2)
}

mkdirSync('mutation/results', { recursive: true })
for (const [name, core] of Object.entries(cores)) {
  if (wanted === undefined || wanted === name) await mutate(name, core)
}

async function mutate(name, core) {
  process.env.FLOWSIM_MUTATE_CORE = name
  if (isSample) {
    process.env.FLOWSIM_MUTATE_SAMPLE = values.sample
    process.env.FLOWSIM_MUTATE_SEED = values.seed
  }
  const paths = files.length > 0 ? files : core.files
  const results = await new Stryker({
    mutate: [
      ...paths.map((path) => `${core.package}/${path}${path.endsWith('.ts') ? '' : '/**/*.ts'}`),
      `!${core.package}/src/**/*.test.ts`,
      `!${core.package}/src/testing/**`,
    ],
    // Texts say things to people: which words they hold is for readers to judge.
    mutator: { excludedMutations: ['StringLiteral'] },
    // What is computed once when a file is loaded would need every test for every fault.
    ignoreStatic: true,
    plugins: ['@stryker-mutator/vitest-runner', ...(isSample ? [SAMPLE_PLUGIN] : [])],
    testRunner: 'vitest',
    vitest: { configFile: 'mutation/vitest.config.ts', related: true },
    coverageAnalysis: 'perTest',
    concurrency: Number(process.env.FLOWSIM_MUTATE_WORKERS ?? 1),
    timeoutMS: 10_000,
    // The first run, of all tests, takes longer than the usual five minutes where other programs share the cores.
    dryRunTimeoutMinutes: 60,
    ignorePatterns: [
      'docker',
      '**/dist',
      '**/.turbo',
      'mutation/results',
      'mutation/corpus',
      'bench',
      'accuracy',
    ],
    tempDirName: 'mutation/results/.sandbox',
    incremental: !isSample,
    incrementalFile: `mutation/results/${name}.json`,
    reporters: ['clear-text', 'progress-append-only'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, skipFull: true },
    allowConsoleColors: false,
    disableTypeChecks: false,
    checkers: isSample ? ['sample'] : [],
  }).runMutationTest()
  const noticed = results.filter(({ status }) => status === 'Killed' || status === 'Timeout').length
  const missed = results.filter(
    ({ status }) => status === 'Survived' || status === 'NoCoverage',
  ).length
  const score = (100 * noticed) / (noticed + missed)
  const interval = isSample ? ` (95 %: ${intervalOf(noticed, noticed + missed)})` : ''
  console.log(`${name}: ${score.toFixed(1)} % of ${noticed + missed} faults noticed${interval}`)
  if (score < LEAST_SCORE) process.exitCode = 1
}

/** The share of all faults that a sample speaks for, by Wilson's interval (JASA 22, 1927). */
function intervalOf(noticed, count) {
  const share = noticed / count
  const middle = share + Z95 ** 2 / (2 * count)
  const reach = Z95 * Math.sqrt((share * (1 - share)) / count + Z95 ** 2 / (4 * count ** 2))
  const [low, high] = [middle - reach, middle + reach].map(
    (each) => (100 * each) / (1 + Z95 ** 2 / count),
  )
  return `${low.toFixed(1)} to ${high.toFixed(1)} %`
}
