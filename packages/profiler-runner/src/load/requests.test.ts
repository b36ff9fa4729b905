import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomRequests, readRequestTrace, readShareGpt, requestsForTrace } from './requests.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-requests-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('randomRequests', () => {
  const options = { count: 200, inputTokens: [10, 20], outputTokens: [1, 3], seed: 5 } as const

  it('draws lengths from the range, both ends included, and repeats for the same seed', () => {
    const requests = randomRequests(options)
    expect(new Set(requests.map((r) => r.prompt.length))).toEqual(
      new Set([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]),
    )
    expect(new Set(requests.map((r) => r.outputTokens))).toEqual(new Set([1, 2, 3]))
    expect(randomRequests(options)).toEqual(requests)
  })

  it('shares a prefix when asked', () => {
    const requests = randomRequests({ ...options, sharedPrefixTokens: 8 })
    const prefixes = requests.map((r) => JSON.stringify(r.prompt.slice(0, 8)))
    expect(new Set(prefixes).size).toBe(1)
    expect(new Set(requests.map((r) => JSON.stringify(r.prompt))).size).toBe(200)
  })

  it('writes words for interfaces that take no ids', () => {
    const [request] = randomRequests({ ...options, asText: true })
    expect((request!.prompt as string).split(' ').length).toBeGreaterThanOrEqual(10)
    expect(request!.inputTokens).toBeNull()
  })
})

describe('readRequestTrace', () => {
  const expected = [
    { arrivalNs: 0, inputTokens: 374, outputTokens: 44 },
    { arrivalNs: 4_314_000_000, inputTokens: 396, outputTokens: 109 },
  ]
  const relative = (rows: { arrivalNs?: number; inputTokens: number; outputTokens: number }[]) =>
    rows.map((row) => ({
      arrivalNs: row.arrivalNs! - rows[0]!.arrivalNs!,
      inputTokens: row.inputTokens,
      outputTokens: row.outputTokens,
    }))

  it('reads the testbed, Azure, Mooncake and FlowSim formats', async () => {
    const testbed = file(
      'a.csv',
      'request_id,arrived_at,num_prefill_tokens,num_decode_tokens\nx,0,374,44\ny,4.314,396,109\n',
    )
    const azure = file(
      'b.csv',
      'TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6800000,374,44\r\n2023-11-16 18:15:50.9940000,396,109\r\n',
    )
    const mooncake = file(
      'c.jsonl',
      '{"timestamp": 1000, "input_length": 374, "output_length": 44, "hash_ids": []}\n{"timestamp": 5314, "input_length": 396, "output_length": 109}\n',
    )
    const workload = file(
      'd.json',
      JSON.stringify({
        schema: 'flowsim.serving-workload/1',
        name: 'w',
        requests: expected.map((row, index) => ({ id: String(index), ...row })),
      }),
    )
    for (const path of [testbed, azure, mooncake, workload]) {
      expect(relative(await readRequestTrace(path)), path).toEqual(expected)
    }
    expect((await readRequestTrace(testbed)).map((row) => row.id)).toEqual(['x', 'y'])
  })

  it('names file and line of a row that it cannot use', async () => {
    const path = file('e.csv', 'num_prefill_tokens,num_decode_tokens\n5,5\n5,none\n')
    await expect(readRequestTrace(path)).rejects.toThrow(`${path}:3: num_decode_tokens must be`)
    await expect(readRequestTrace(join(folder, 'none.csv'))).rejects.toThrow(/cannot read/)
  })

  it('gives prompts of the lengths in the trace', () => {
    const requests = requestsForTrace(expected, { seed: 3 })
    expect(requests.map((r) => [r.prompt.length, r.outputTokens, r.arrivalNs])).toEqual([
      [374, 44, 0],
      [396, 109, 4_314_000_000],
    ])
  })
})

describe('readShareGpt', () => {
  it('takes the first message of each conversation, sampled by seed', async () => {
    const conversations = ['a', 'b', 'c'].map((value) => ({
      conversations: [
        { from: 'human', value },
        { from: 'gpt', value: 'x'.repeat(40) },
      ],
    }))
    const path = file('s.json', JSON.stringify([...conversations, { conversations: [] }]))
    const requests = await readShareGpt(path, { count: 4, seed: 1 })
    expect(new Set(requests.slice(0, 3).map((r) => r.prompt))).toEqual(new Set(['a', 'b', 'c']))
    expect(requests.map((r) => r.outputTokens)).toEqual([10, 10, 10, 10])
    await expect(readShareGpt(file('t.json', '{}'), { count: 1, seed: 1 })).rejects.toThrow(
      'not an array',
    )
  })
})
