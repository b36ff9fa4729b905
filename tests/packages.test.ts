import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOptions, hasChromium } from './chromium.js'

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

it('a model answers in a program without a file, too', () => {
  const program = `import('@flowsim/calibration').then(async ({ calibrated }) => {
    const { findHardware } = await import('@flowsim/perf-model/hardware')
    const call = { op: 'matmul', m: 64, n: 4096, k: 4096, dtype: 'bf16' }
    console.log(calibrated.estimate(call, findHardware('h100_sxm')).model)
  })`
  expect(run('node', '-e', program)).toBe('calibrated\n')
})

it('npx flowsim --help works', () => {
  expect(run('npx', '--no-install', 'flowsim', '--help')).toContain('Usage: flowsim')
})

/** Manifests of everything that is installed, nested ones too. */
function installed(): Record<string, unknown>[] {
  const folder = join(stranger, 'node_modules')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(?:^|node_modules\/)(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(path))
    .map((path) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as Record<string, unknown>)
    .filter(({ name, version }) => name !== undefined && version !== undefined)
}

it('everything that comes with them may be used and passed on', () => {
  const allowed =
    /^\(?(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|MPL-2\.0|Zlib|Python-2\.0)(?: (?:OR|AND) .*)?\)?$/
  const others = installed().filter(({ license }) => !allowed.test(String(license)))
  expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual([])
})

it('nothing runs a script when it is installed', () => {
  const scripted = installed().filter(({ scripts }) =>
    ['preinstall', 'install', 'postinstall'].some(
      (script) => (scripts as Record<string, string> | undefined)?.[script] !== undefined,
    ),
  )
  expect(scripted.map(({ name }) => name)).toEqual([])
})

describe('the examples', () => {
  const demo = join(root, 'examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz')

  /** Runs an example's program beside what the stranger installed. */
  function runExample(name: string, ...args: string[]): string {
    copyFileSync(join(root, 'examples', name, 'main.mjs'), join(stranger, `${name}.mjs`))
    return run('node', `${name}.mjs`, ...args)
  }

  it('parser-node prints the kernels that take most of the time', () => {
    const lines = runExample('parser-node', demo).trim().split('\n')
    expect(lines[0]).toMatch(/^\d+ kernels on NVIDIA/)
    expect(lines).toHaveLength(11)
    expect(lines[1]).toMatch(/^ *\d+\.\d % +[\d.]+ µs \d+ × \w+/)
  })

  it('estimates asks for 1,000 products on three GPUs', () => {
    const [header, ...rows] = runExample('estimates').trim().split('\n')
    expect(header).toContain('p10–p90')
    const sums = rows.map((row) => Number(/([\d.]+) s /.exec(row)![1]))
    expect(sums).toHaveLength(3)
    // Each generation is faster than the one before.
    expect(sums).toEqual([...sums].sort((a, b) => b - a))
  })

  const hasPython = spawnSync('python3', ['--version']).status === 0
  it.skipIf(!hasPython)(
    'latency-model answers for a product, and says what it does not know',
    () => {
      const command = `python3 ${join(root, 'examples/latency-model/roofline.py')}`
      const estimate = (op: string, ...dims: string[]) =>
        spawnSync(
          'npx',
          ['--no-install', 'flowsim', 'estimate', op, '--hardware', 'h100_sxm', '--dtype', 'bf16']
            .concat(dims.flatMap((dim) => ['--set', dim]))
            .concat(['--model', 'command', '--command', command, '--json']),
          { cwd: stranger, encoding: 'utf8' },
        )
      // 2·4096³ FLOP at 989 TFLOP/s, and 1.57 µs until a kernel begins.
      const { latencyS, model } = JSON.parse(
        estimate('matmul', 'm=4096', 'n=4096', 'k=4096').stdout,
      )
      expect([latencyS, model]).toEqual([(2 * 4096 ** 3) / 989e12 + 1.57e-6, 'command'])
      const unknown = estimate('relu', 'elements=1024')
      expect([unknown.status, unknown.stderr]).toEqual([
        1,
        expect.stringContaining('no model of relu'),
      ])
    },
  )

  it('serving-code simulates with a step time that it defines', () => {
    expect(runExample('serving-code')).toMatch(/TTFT p50 [\d.]+ ms, p99 [\d.]+ ms/)
  })

  it.runIf(hasChromium)('parser-browser shows the kernels of a file in the page', async () => {
    const entry = join(stranger, 'parser-browser.js')
    copyFileSync(join(root, 'examples/parser-browser/main.js'), entry)
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: 'esm',
      logLevel: 'silent',
    })
    const page = readFileSync(join(root, 'examples/parser-browser/index.html'), 'utf8')
    const browser = await chromium.launch(chromiumOptions)
    try {
      const tab = await browser.newPage()
      await tab.route('http://localhost/**', (route) =>
        route.fulfill(
          route.request().url().endsWith('.js')
            ? { contentType: 'text/javascript', body: outputFiles[0]!.text }
            : { contentType: 'text/html', body: page },
        ),
      )
      await tab.goto('http://localhost/')
      await tab.setInputFiles('#file', demo)
      await tab.waitForFunction(
        `/^\\d+ kernels$/.test(document.querySelector('#status').textContent)`,
      )
      expect(await tab.locator('#kernels tr').count()).toBe(10)
    } finally {
      await browser.close()
    }
  })
})
