import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Tests read our packages from their sources, so that they need no build.
const resolve = { conditions: ['@flowsim/source', 'module', 'node'] }

const workspaces = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(folder).map((name) => ({ name, root: `${folder}/${name}` })),
)

/** Projects whose test files share the modules that they load: to load them for each took half of the time. */
const SHARED = new Set([
  'analysis',
  'cli',
  'kernel-db',
  'model-graph',
  'parser',
  'perf-model',
  'profiler-runner',
  'replay',
  'report',
  'server',
  'serving-sim',
  'step-time',
  'task-api',
  'trace-schema',
])

export default defineConfig({
  test: {
    reporters: ['default', './tests/totals-reporter.ts'],
    projects: [...workspaces, { name: 'workspace', root: 'tests' }].map(({ name, root }) => ({
      root,
      resolve,
      ssr: { resolve },
      test: {
        name,
        include: ['**/*.test.ts'],
        setupFiles: [fileURLToPath(new URL('tests/property-seed.ts', import.meta.url))],
        isolate: !SHARED.has(name),
        testTimeout: 60_000,
        hookTimeout: 60_000,
      },
    })),
  },
})
