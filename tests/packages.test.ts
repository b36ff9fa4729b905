import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// Packs every package that is published, installs the tarballs with npm into an empty folder, and uses
// them as a stranger would. Needs the built packages (`pnpm test` builds them) and a package registry.

interface Manifest {
  name: string
  private?: boolean
  exports: Record<string, unknown>
}

const root = resolve('.')
const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

const published = ['packages', 'apps']
  .flatMap((kind) => readdirSync(kind).map((name) => join(root, kind, name)))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({ folder, manifest: manifestOf(folder) }))
  .filter(({ manifest }) => manifest.private !== true)

const names = published.map(({ manifest }) => manifest.name)

let stranger: string

/** Runs a program in the stranger's folder. */
function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: stranger, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

beforeAll(() => {
  stranger = mkdtempSync(join(tmpdir(), 'flowsim-stranger-'))
  const tarballs = published.map(({ folder, manifest }) => {
    const tarball = join(stranger, `${manifest.name.replace(/[@/]/g, '-')}.tgz`)
    execFileSync('npx', ['-y', 'pnpm@12.21.0', 'pack', '--out', tarball], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return tarball
  })
  writeFileSync(join(stranger, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs)
}, 300_000)

afterAll(() => rmSync(stranger, { recursive: true, force: true }))

/** Entries that run when they are loaded, and export nothing. */
function isProgram(entry: string): boolean {
  return ['@flowsim/cli/flowsim', '@flowsim/cli/serving-worker', '@flowsim/server/worker'].includes(
    entry,
  )
}

describe.each(published)('$manifest.name', ({ folder, manifest }) => {
  const entries = Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([entry]) => manifest.name + entry.slice(1))
    .filter((entry) => !isProgram(entry))

  it('is imported as ESM and required as CommonJS, with the same names', () => {
    writeFileSync(
      join(stranger, 'use.cjs'),
      `const entries = ${JSON.stringify(entries)};
(async () => {
  for (const entry of entries) {
    const esm = Object.keys(await import(entry)).filter((name) => name !== 'default' && name !== 'module.exports').sort();
    const cjs = Object.keys(require(entry)).filter((name) => name !== 'default').sort();
    if (JSON.stringify(esm) !== JSON.stringify(cjs)) throw new Error(entry + ': ' + esm + ' / ' + cjs);
    console.log(entry, esm.length);
  }
})()`,
    )
    const lines = run('node', 'use.cjs').trim().split('\n')
    expect(lines).toHaveLength(entries.length)
    for (const line of lines) expect(Number(line.split(' ')[1])).toBeGreaterThan(0)
  })

  it('holds its README and licence terms, and no sources of tests', () => {
    const installed = join(stranger, 'node_modules', manifest.name)
    expect(readFileSync(join(installed, 'README.md'), 'utf8')).toContain(manifest.name)
    expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toContain('MIT License')
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    expect(files.filter((name) => /\.test\.|tsbuildinfo|fixtures/.test(name))).toEqual([])
    expect(existsSync(join(folder, 'README.md'))).toBe(true)
  })
})

it('a TypeScript program under strict compiles against all of them', () => {
  const imports = names.map((name, i) => `import * as p${i} from '${name}'`)
  const uses = names.map((_, i) => `void p${i}`)
  writeFileSync(
    join(stranger, 'program.ts'),
    `${imports.join('\n')}
import { parseTrace } from '@flowsim/parser'
import type { KernelTrace, OpCall } from '@flowsim/trace-schema'
${uses.join('\n')}
const call: OpCall = { op: 'matmul', m: 1, n: 2, k: 3, dtype: 'bf16' }
export const trace: Promise<KernelTrace> = parseTrace(new Uint8Array())
// @ts-expect-error n is missing
export const wrong: OpCall = { op: 'matmul', m: 1, k: 3, dtype: 'bf16' }
export { call }
`,
  )
  writeFileSync(
    join(stranger, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: 'nodenext',
        target: 'es2022',
        lib: ['es2023', 'dom'],
        types: [],
        skipLibCheck: false,
      },
      include: ['program.ts'],
    }),
  )
  const tsc = join(root, 'node_modules/.bin/tsc')
  expect(run(tsc, '-p', 'tsconfig.json')).toBe('')
})

it('npx flowsim --help works', () => {
  expect(run('npx', '--no-install', 'flowsim', '--help')).toContain('Usage: flowsim')
})
