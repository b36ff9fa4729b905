import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { custom } from '../engines/custom.js'
import { sglang } from '../engines/sglang.js'
import { vllm } from '../engines/vllm.js'
import { traceFault, waitForTraces } from './trace-files.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-traces-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function put(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('traceFault', () => {
  const document = (events: unknown) => JSON.stringify({ schemaVersion: 1, traceEvents: events })

  it('accepts whole documents, plain and compressed, and bare event arrays', async () => {
    const text = document([{ name: 'a "quoted\\" [{ name' }])
    expect(await traceFault(put('a.json', text))).toBeNull()
    expect(await traceFault(put('a.json.gz', gzipSync(text)))).toBeNull()
    expect(await traceFault(put('b.json', '[{"ph":"X"}]'))).toBeNull()
  })

  it('refuses every cut of a document', async () => {
    const text = document([{ name: 'k\\"[', args: { a: [1, 2, '}'] } }, { name: 'é' }])
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: Buffer.byteLength(text) - 1 }), async (length) => {
        const cut = Buffer.from(text).subarray(0, length)
        expect(await traceFault(put('c.json', cut))).not.toBeNull()
      }),
    )
    const packed = gzipSync(text)
    expect(await traceFault(put('c.json.gz', packed.subarray(0, packed.length - 4)))).toMatch(
      /unexpected end/,
    )
  })

  it('refuses what is not a trace, and files that are empty or not there', async () => {
    expect(await traceFault(put('d.json', '{"a":1}'))).toMatch(/no traceEvents/)
    expect(await traceFault(put('e.json', ''))).toBe('empty')
    expect(await traceFault(join(folder, 'none.json'))).toMatch(/ENOENT/)
  })
})

describe('waitForTraces', () => {
  const trace = gzipSync('{"traceEvents":[]}')
  const base = () => ({ folder, engine: sglang, ignore: new Set<string>(), timeoutMs: 3000 })

  it('waits for a file that grows and for one that comes late', async () => {
    put('1-TP-0-EXTEND.trace.json.gz', trace)
    put('1-TP-0-DECODE.trace.json.gz', trace.subarray(0, 10))
    put('1-TP-1-EXTEND.trace.json.gz', trace)
    setTimeout(() => put('1-TP-0-DECODE.trace.json.gz', trace), 500)
    setTimeout(() => put('1-TP-1-DECODE.trace.json.gz', trace), 700)
    const files = await waitForTraces({ ...base(), ranks: 2, stages: ['prefill', 'decode'] })
    expect(files.map((file) => `${file.rank} ${file.stage}`)).toEqual([
      'TP-0 decode',
      'TP-0 prefill',
      'TP-1 decode',
      'TP-1 prefill',
    ])
  })

  it('takes what has settled when the number of ranks is not known', async () => {
    put('old.json', '{"traceEvents":[]}')
    put('new.json', '{"traceEvents":[]}')
    const files = await waitForTraces({
      ...base(),
      engine: custom,
      ignore: new Set(['old.json']),
      ranks: null,
      stages: ['all'],
      settleMs: 100,
    })
    expect(files.map((file) => file.rank)).toEqual(['new'])
  })

  it('says which file stays broken, or how many are missing', async () => {
    await expect(
      waitForTraces({ ...base(), timeoutMs: 300, ranks: 1, stages: ['all'] }),
    ).rejects.toThrow(/0 trace files after 0 s, expected 1 ranks × all/)
    put('1-TP-0.trace.json.gz', trace.subarray(0, 12))
    await expect(
      waitForTraces({ ...base(), timeoutMs: 800, ranks: 1, stages: ['all'] }),
    ).rejects.toThrow(/1-TP-0\.trace\.json\.gz: still incomplete .*unexpected end/)
  })
})

describe('names of traces', () => {
  it('are read for SGLang', () => {
    expect(sglang.traceName('1699.5-TP-3-DP-1-EP-3-DECODE.trace.json.gz')).toEqual({
      rank: 'TP-3-DP-1-EP-3',
      stage: 'decode',
    })
    expect(sglang.traceName('my-run-1699.5-TP-0-EXTEND.trace.json.gz')).toEqual({
      rank: 'TP-0',
      stage: 'prefill',
    })
    expect(sglang.traceName('1699.5-TP-0.trace.json.gz')?.stage).toBe('all')
    expect(sglang.traceName('merged-1699.5.trace.json.gz')).toBeNull()
  })

  it('are read for vLLM, the API server left out', () => {
    expect(vllm.traceName('a1b2-rank-3.1764.pt.trace.json.gz')?.rank).toBe('rank-3')
    expect(vllm.traceName('node1_4711.1764.pt.trace.json.gz')?.rank).toBe('node1_4711')
    expect(vllm.traceName('node1_4711.async_llm.1764.pt.trace.json.gz')).toBeNull()
  })
})
