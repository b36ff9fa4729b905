// Plants small faults in the cores, one at a time, and asks whether a test notices (StrykerJS).
//
//   pnpm mutate                      every core, one after the other: hours
//   pnpm mutate -- parser-link       one core
//   pnpm mutate -- operations src/ops/conv.ts    one file of a core
//
// Results are kept in mutation/results/CORE.json, and a run asks anew only what changed since. It fails when a
// core's score, the share of the faults that a test noticed, is below 80 %.
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Stryker } from '@stryker-mutator/core'

const LEAST_SCORE = 80

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { '//': _, ...cores } = JSON.parse(readFileSync('mutation/cores.json', 'utf8'))
const [wanted, ...files] = process.argv.slice(2).filter((word) => word !== '--')
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
    plugins: ['@stryker-mutator/vitest-runner'],
    testRunner: 'vitest',
    vitest: { configFile: 'mutation/vitest.config.ts', related: true },
    coverageAnalysis: 'perTest',
    concurrency: Number(process.env.FLOWSIM_MUTATE_WORKERS ?? 1),
    timeoutMS: 10_000,
    ignorePatterns: ['docker', '**/dist', '**/.turbo', 'mutation/results', 'bench', 'accuracy'],
    tempDirName: 'mutation/results/.sandbox',
    incremental: true,
    incrementalFile: `mutation/results/${name}.json`,
    reporters: ['clear-text', 'progress-append-only'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, skipFull: true },
    allowConsoleColors: false,
    disableTypeChecks: false,
    checkers: [],
  }).runMutationTest()
  const noticed = results.filter(({ status }) => status === 'Killed' || status === 'Timeout').length
  const missed = results.filter(
    ({ status }) => status === 'Survived' || status === 'NoCoverage',
  ).length
  const score = (100 * noticed) / (noticed + missed)
  console.log(`${name}: ${score.toFixed(1)} % of ${noticed + missed} faults noticed`)
  if (score < LEAST_SCORE) process.exitCode = 1
}
