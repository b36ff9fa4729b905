// Tests of one package, for the mutation run: FLOWSIM_MUTATE_PACKAGE is its folder. What needs the corpus is
// skipped: the tests that the repository holds must notice a fault by themselves.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const resolve = { conditions: ['@flowsim/source', 'module', 'node'] }
const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

process.env.FLOWSIM_CORPUS = at('no-corpus')

export default defineConfig({
  root: at(process.env.FLOWSIM_MUTATE_PACKAGE!),
  resolve,
  ssr: { resolve },
  test: {
    include: ['src/**/*.test.ts'],
    setupFiles: [at('tests/property-seed.ts')],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
