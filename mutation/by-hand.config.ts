// Tests of one package with one fault put into a source while it is loaded: FLOWSIM_FAULT says which (by-hand.mjs).
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'

const resolve = { conditions: ['@flowsim/source', 'module', 'node'] }
const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const fault = JSON.parse(process.env.FLOWSIM_FAULT!) as Record<
  'package' | 'file' | 'from' | 'to',
  string
>
if (readFileSync(at(fault.file), 'utf8').split(fault.from).length !== 2) {
  throw new Error(
    `${fault.file}: "${fault.from}" does not stand there once; write it anew in by-hand.json`,
  )
}
process.env.FLOWSIM_CORPUS = at('no-corpus')

const planting: Plugin = {
  name: 'plant a fault',
  enforce: 'pre',
  transform: (code, id) =>
    id.split('?')[0] === at(fault.file) ? code.replace(fault.from, () => fault.to) : null,
}

export default defineConfig({
  root: at(fault.package),
  resolve,
  ssr: { resolve },
  plugins: [planting],
  test: {
    include: ['src/**/*.test.ts'],
    setupFiles: [at('tests/property-seed.ts')],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
