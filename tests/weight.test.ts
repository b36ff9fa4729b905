// What a stranger downloads who wants to read traces and nothing else. Needs the built packages and a
// package registry.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const MAX_PACKAGES = 6
const MAX_BYTES = 4_000_000

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-weight-'))
  const tarballs = ['trace-schema', 'parser'].map((name) => {
    const tarball = join(folder, `${name}.tgz`)
    execFileSync('npx', ['-y', 'pnpm@12.21.0', 'pack', '--out', tarball], {
      cwd: resolve('packages', name),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return tarball
  })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('@flowsim/parser alone is six packages and 4 MB at most', () => {
  const lock = JSON.parse(
    readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'),
  ) as { packages: Record<string, unknown> }
  const bytes = Object.keys(lock.packages).map((name): [string, number] => [
    name.replace('node_modules/', ''),
    bytesOf(join(folder, name)),
  ])
  expect(bytes.length, JSON.stringify(bytes)).toBeLessThanOrEqual(MAX_PACKAGES)
  const total = bytes.reduce((sum, [, each]) => sum + each, 0)
  expect(total, JSON.stringify(bytes)).toBeLessThanOrEqual(MAX_BYTES)
})

it('alone it reads a trace, and says what to install for a format that needs a library', () => {
  writeFileSync(
    join(folder, 'use.mjs'),
    `import { kernelCsvLines, kernelParquet, parseTrace } from '@flowsim/parser'
const text = JSON.stringify({ traceEvents: [{ ph: 'X', cat: 'kernel', name: 'k', pid: 0, tid: 7, ts: 1, dur: 2 }] })
const trace = await parseTrace(new TextEncoder().encode(text))
console.log([...kernelCsvLines(trace)].length)
console.log(await kernelParquet(trace).catch(({ code, message }) => code + ' ' + message))`,
  )
  const out = execFileSync('node', ['use.mjs'], { cwd: folder, encoding: 'utf8' })
  expect(out).toBe(
    '2\nmissing_library a Parquet file: needs a library; npm install hyparquet-writer\n',
  )
})

function bytesOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
