// The package in browsers: nothing of Node in it, and the same kernels in a Web Worker of Chromium.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { type BuildResult, build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOptions, describeWithChromium } from '../../../tests/chromium.js'
import { corpus, hasCorpus } from '../../../tests/corpus.js'
import { parseFile } from './node.js'
import type { BrowserAnswer, BrowserJob } from './testing/browser-worker.js'
import { kernel, traceText } from './testing/make-trace.js'
import { NSIGHT_SYSTEMS_TABLES } from './testing/nsight-systems.js'
import { pftrace, ROCPROFV3_PFTRACE } from './testing/pftrace.js'
import { databaseOfTables } from './testing/sqlite.js'
import { XLA_GPU_SPACE } from './testing/xspace-samples.js'

/** Lies beside the bundle, as it does for all who bundle sql.js. */
const SQL_WASM = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm-browser.wasm')

/** Libraries of single formats, as they are loaded. */
const OPTIONAL = [
  '@bufbuild/protobuf/wire',
  'csv-parse/browser/esm/sync',
  'hyparquet-writer',
  'sql.js',
]

type Bundle = BuildResult<{ write: false; metafile: true }>

const importsOf = ({ metafile }: Bundle): string[] =>
  Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports.map(({ path }) => path))
    .sort()

const bundle = (entry: string, external: string[] = []): Promise<Bundle> =>
  build({
    external,
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@flowsim/source'],
    logLevel: 'silent',
  })

describe('bundled for browsers', () => {
  it('the package needs nothing of Node and nothing from outside', async () => {
    const whole = await bundle('./index.ts')
    expect(importsOf(whole)).toEqual([])
    const own = await bundle('./index.ts', OPTIONAL)
    expect(importsOf(own)).toEqual([...OPTIONAL].sort())
    const text = own.outputFiles[0]!.text
    expect(text).not.toMatch(/\b(?:from|import|require)\s*\(?\s*["'](?:node:|fs|zlib|stream|path)/)
    expect(text).not.toMatch(/\b(?:Buffer|process)\.[a-z]/)
  })

  it('its entry for Node does, so that the check above can fail', async () => {
    await expect(bundle('./node.ts')).rejects.toThrow(/Could not resolve "node:fs"/)
  })
})

describeWithChromium('in a Web Worker of Chromium', () => {
  let folder: string
  let browser: Browser
  let page: Page
  const problems: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowsim-parser-'))
    const { outputFiles } = await bundle('./testing/browser-worker.ts')
    browser = await chromium.launch(chromiumOptions)
    page = await browser.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    const answer = (contentType: string, body: string) => ({ contentType, body })
    await page.route('http://localhost/**', (route) =>
      route.fulfill(
        route.request().url().endsWith('.js')
          ? answer('text/javascript', outputFiles[0]!.text)
          : route.request().url().endsWith('.wasm')
            ? { contentType: 'application/wasm', body: readFileSync(SQL_WASM) }
            : answer('text/html', '<!doctype html><title>test</title><input type="file">'),
      ),
    )
    await page.goto('http://localhost/')
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function parse(path: string, job: Omit<BrowserJob, 'file'>): Promise<BrowserAnswer> {
    await page.locator('input').setInputFiles(path)
    return page.evaluate(async (given) => {
      const input = document.querySelector('input')!
      const worker = new Worker('/worker.js', { type: 'module' })
      try {
        return await new Promise<BrowserAnswer>((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
          worker.postMessage({ ...given, file: input.files![0] })
        })
      } finally {
        worker.terminate()
      }
    }, job)
  }

  /** Writes a file and gives its path. */
  function file(name: string, data: Uint8Array | string): string {
    writeFileSync(join(folder, name), data)
    return join(folder, name)
  }

  const made = traceText(Array.from({ length: 20_000 }, (_, i) => kernel(`k${i * 7919}`, i, 1)))

  it('several gzip members, at which DecompressionStream stops, give all of the text', async () => {
    const half = made.length / 2
    const members = [gzipSync(made.slice(0, half)), gzipSync(made.slice(half))]
    const path = file('members.json.gz', Buffer.concat(members))
    const { kernels, message, progress } = await parse(path, { stacks: 'none' })
    expect(message).toBeUndefined()
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(JSON.parse(kernels!)).toEqual((await parseFile(path)).kernels)
  })

  it('a file that is cut off is an error that says where', async () => {
    const packed = gzipSync(made)
    const answer = await parse(file('cut.json.gz', packed.subarray(0, packed.length / 2)), {
      stacks: 'none',
    })
    expect(answer.code).toBe('truncated')
    expect(answer.message).toMatch(
      /^cut\.json\.gz: the gzip data ends in the middle, after \d+ bytes/,
    )
  })

  it('an SQLite file', async () => {
    const path = file('x.sqlite.gz', gzipSync(databaseOfTables(NSIGHT_SYSTEMS_TABLES)))
    const { kernels, message } = await parse(path, { stacks: 'none' })
    expect(message).toBeUndefined()
    expect(JSON.parse(kernels!)).toEqual((await parseFile(path, { stacks: 'none' })).kernels)
  })

  it.each([
    ['an XSpace of XLA', 'x.xplane.pb', XLA_GPU_SPACE],
    ['a trace of Perfetto', 'x.pftrace', pftrace(ROCPROFV3_PFTRACE)],
  ])('%s', async (_, name, bytes) => {
    const path = file(name, bytes)
    const { kernels, message } = await parse(path, { stacks: 'none' })
    expect(message).toBeUndefined()
    expect(JSON.parse(kernels!)).toEqual((await parseFile(path, { stacks: 'none' })).kernels)
  })

  it('a parse can be stopped', async () => {
    const path = file('long.json', made)
    const answer = await parse(path, { stacks: 'none', abortAt: 1 })
    expect(answer).toMatchObject({ code: 'aborted', progress: [expect.any(Number)] })
    expect(answer.progress[0]).toBeLessThan(statSync(path).size)
  })

  describe.skipIf(!hasCorpus)('the SGLang trace', () => {
    const sglang = corpus('traces/sglang-deepseek-h200-tp4-rank0.trace.json.gz')

    it.each(['none', 'python'] as const)(
      'gives the kernels that Node gets, stacks: %s',
      async (stacks) => {
        const { kernels, message, progress } = await parse(sglang, { stacks })
        expect(message).toBeUndefined()
        const expected = await parseFile(sglang, { stacks })
        expect(kernels).toBe(JSON.stringify(expected.kernels))
        expect(progress.at(-1)).toBe(statSync(sglang).size)
        expect(progress).toEqual(progress.toSorted((a, b) => a - b))
        expect(progress.length).toBeGreaterThan(3)
      },
    )

    it('unpacked, as plain JSON', async () => {
      const path = file('plain.json', gunzipSync(readFileSync(sglang)))
      const { kernels } = await parse(path, { stacks: 'none' })
      expect(kernels).toBe(JSON.stringify((await parseFile(path, { stacks: 'none' })).kernels))
    })
  })

  it('nothing was thrown beside it', () => {
    expect(problems).toEqual([])
  })
})
