import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { host, traceText } from '../testing/make-trace.js'
import { refusal } from '../testing/samples.js'
import { parseCaptures } from './capture-folder.js'

const top = mkdtempSync(join(tmpdir(), 'flowsim-captures-'))
let folder: string
let folders = 0
beforeEach(() => {
  folder = join(top, String(folders++))
  mkdirSync(folder)
})
afterAll(() => rmSync(top, { recursive: true }))

/** A graph whose operators say nothing of a batch. */
const CAPTURE = traceText([
  host('cuda_runtime', 'cudaStreamBeginCapture', 0, 1),
  host('cuda_runtime', 'cudaLaunchKernel', 3, 1, { correlation: 1 }),
  host('cuda_runtime', 'cudaStreamEndCapture', 9, 1),
])
const put = (name: string, text: string | Uint8Array) => writeFileSync(join(folder, name), text)
const sizes = async (...paths: string[]) =>
  (await parseCaptures(paths)).map(({ source, buckets }) => [source, buckets[0]!.batchSize])

describe('a folder of captures', () => {
  it("of vLLM: the traces that its list names, with the list's batch sizes", async () => {
    put('graph_capture_rank_0.1.pt.trace.json.gz', gzipSync(CAPTURE))
    put('graph_capture_rank_0.2.pt.trace.json.gz', gzipSync(CAPTURE))
    put('other.json', CAPTURE)
    put(
      'execution_details.json',
      JSON.stringify([
        { file: 'graph_capture_rank_0.1.pt.trace.json.gz', batch_size: 64, mode: 'FULL' },
        { file: 'graph_capture_rank_0.2.pt.trace.json.gz', batch_size: 8192, mode: 'PIECEWISE' },
        { file: 'gone.json.gz', batch_size: 1 },
      ]),
    )
    expect(await sizes(folder)).toEqual([
      ['graph_capture_rank_0.1.pt.trace.json.gz', 64],
      ['graph_capture_rank_0.2.pt.trace.json.gz', 8192],
    ])
  })

  it('a size is not known where the list has several for a file', async () => {
    put('all.json', CAPTURE)
    put(
      'execution_details.json',
      JSON.stringify([8, 16].map((batch_size) => ({ file: 'all.json', batch_size }))),
    )
    expect(await sizes(folder)).toEqual([['all.json', undefined]])
  })

  it('of SGLang: sizes by the names of the files, within what it was told to write to', async () => {
    folder = join(folder, 'graph_capture_profile')
    mkdirSync(folder)
    put('bs_16_rank0.json.gz', gzipSync(CAPTURE))
    put('bs_32_rank0.json.gz', gzipSync(CAPTURE))
    expect(await sizes(join(folder, '..'))).toEqual([
      ['bs_16_rank0.json.gz', 16],
      ['bs_32_rank0.json.gz', 32],
    ])
  })

  it('what is not a capture is passed over; a file that is named has to be one', async () => {
    put('a.json', CAPTURE)
    put('config.json', '{"model": "x"}')
    put('empty.json', '')
    put('notes.txt', 'text')
    expect(await sizes(folder)).toEqual([['a.json', undefined]])
    await refusal(() => parseCaptures([join(folder, 'config.json')]))
  })

  it('without a capture is refused', async () => {
    put('config.json', '{"model": "x"}')
    const error = await refusal(() => parseCaptures([folder]))
    expect(error.code).toBe('not_a_trace')
    expect(error.message).toMatch(/is a folder without traces of captures$/)
  })
})
