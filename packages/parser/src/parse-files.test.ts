import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import type { CaptureReport } from './capture/merge-captures.js'
import { parseFile, parseFiles } from './node.js'
import { capture, graph, replay } from './testing/graphs.js'
import { kernel, traceText } from './testing/make-trace.js'
import { refusal } from './testing/samples.js'

let folder: string
let workerUrl: URL
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-parse-files-'))
  const outfile = join(folder, 'worker.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@flowsim/source'],
  })
  workerUrl = pathToFileURL(outfile)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const made = (rank: number, kernels: number) =>
  file(
    `rank-${rank}.json`,
    traceText(Array.from({ length: kernels }, (_, i) => kernel(`k${rank}_${i}`, i, 1))),
  )

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('several files', () => {
  it('come in the order of their paths, equal to those parsed alone', async () => {
    const paths = [made(0, 3000), made(1, 10), made(2, 300), made(3, 1)]
    for (const threads of [1, 2, 8]) {
      const traces = await all(parseFiles(paths, { threads, workerUrl }))
      for (const [i, trace] of traces.entries()) expect(trace).toEqual(await parseFile(paths[i]!))
    }
  })

  it('report the bytes of all of them', async () => {
    const paths = [made(0, 20_000), made(1, 20_000)]
    const bytes: number[] = []
    const onProgress = (read: number) => bytes.push(read)
    await all(parseFiles(paths, { threads: 2, workerUrl, onProgress }))
    expect(bytes.length).toBeGreaterThan(1)
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b))
  })

  it('fail as the first of them that fails, after the traces before it', async () => {
    const paths = [made(0, 10), file('cut.json', traceText([kernel('a', 1, 1)]).slice(0, -9))]
    const seen: string[] = []
    const error = await refusal(async () => {
      for await (const { source } of parseFiles(paths, { threads: 2, workerUrl })) seen.push(source)
    })
    expect(seen).toEqual(['rank-0.json'])
    expect(error).toMatchObject({ code: 'truncated', at: { byte: expect.any(Number) } })
    expect(error.message).toMatch(/^cut\.json: /)
  })

  it('can be stopped', async () => {
    const paths = [made(0, 100_000), made(1, 100_000)]
    const signal = AbortSignal.timeout(50)
    const error = await refusal(() => all(parseFiles(paths, { threads: 2, workerUrl, signal })))
    expect(error.code).toBe('aborted')
  })

  it('take captures with them, and their reports back', async () => {
    const captures = [await capture(graph(4, 0))]
    const paths = [0, 1].map((rank) => file(`graph-${rank}.json`, traceText(replay(1, 0))))
    const reports: CaptureReport[] = []
    const onCaptures = (report: CaptureReport) => reports.push(report)
    const traces = await all(parseFiles(paths, { threads: 2, workerUrl, captures, onCaptures }))
    expect(traces.map(({ kernels }) => kernels[0]!.shapesFrom)).toEqual(['capture', 'capture'])
    expect(reports).toMatchObject([{ withShapes: 5 }, { withShapes: 5 }])
  })
})

describeWithCorpus('real ranks', () => {
  it('give the traces that they give alone', async () => {
    const paths = [0, 1].map((rank) => corpus(`traces/ddp-sampled-rank${rank}.trace.json.gz`))
    const traces = await all(parseFiles(paths, { threads: 2, workerUrl }))
    expect(traces).toEqual(await Promise.all(paths.map((path) => parseFile(path))))
  })
})
