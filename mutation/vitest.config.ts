// Tests of the package of one core, for the mutation run: FLOWSIM_MUTATE_CORE names it. What needs the corpus
// is skipped: the tests that the repository holds must notice a fault by themselves.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const resolve = { conditions: ['@flowsim/source', 'module', 'node'] }
const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const cores = JSON.parse(readFileSync(at('mutation/cores.json'), 'utf8')) as Record<
  string,
  { package: string; without?: string[] }
>
const core = cores[process.env.FLOWSIM_MUTATE_CORE!]!

process.env.FLOWSIM_CORPUS = at('no-corpus')

export default defineConfig({
  root: at(core.package),
  resolve,
  ssr: { resolve },
  test: {
    include: ['src/**/*.test.ts'],
    exclude: core.without ?? [],
    setupFiles: [at('tests/property-seed.ts')],
    // With counters in it a test runs several times as long; StrykerJS stops those that a fault lets run for ever.
    testTimeout: 600_000,
    hookTimeout: 60_000,
  },
})
