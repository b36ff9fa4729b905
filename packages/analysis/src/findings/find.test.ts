import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import type { HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { type Activity, type HandMade, handMade } from '../../fixtures/hand-made.js'
import { type FindingsOptions, findings } from './find.js'
import rules from './rules.json' with { type: 'json' }

/** 100 TFLOP/s and 1 TB/s: a product of 1024³ needs 21.5 µs. */
const hardware: HardwareSpec = {
  schema: 'flowsim.hardware-spec/1',
  name: 'test',
  title: 'Test GPU',
  aliases: [],
  vendor: 'other',
  device: {
    computeUnits: 100,
    clockHz: 1e9,
    matrixFlopsPerS: { bf16: 1e14 },
    vectorFlopsPerS: {},
    memory: [{ name: 'dram', bandwidthBytesPerS: 1e12 }],
    kernelLatencyS: 2e-6,
    launchLatencyS: 4e-6,
  },
  system: { devices: 1, topology: 'none' },
  sources: {},
}

const product = (size: number): OpCall => ({
  op: 'matmul',
  m: size,
  n: size,
  k: size,
  dtype: 'bf16',
})
/** Kernels one after the other, each as long as said, all launched at once before they run. */
function busy(kernels: (Omit<Activity, 'at'> & { takes: number })[]): Activity[] {
  let end = 100
  return kernels.map(({ takes, ...rest }, i) => {
    const at: [number, number] = [end, end + takes]
    end += takes
    return { launched: [i / 100, (i + 1) / 100], family: 'gemm', does: 'matmul', ...rest, at }
  })
}
/** Kernels of 5 µs, each launched when the one before has ended. */
const late = (count: number, every: number, more: Partial<Activity> = {}): Activity[] =>
  Array.from({ length: count }, (_, i) => ({
    launched: [i * every, i * every + 6],
    at: [i * every + 8, i * every + 13],
    does: 'matmul',
    family: 'gemm',
    ...more,
  }))

const foundIn = ({ trace, operations }: HandMade, options: FindingsOptions = {}) =>
  findings(trace, operations, options)
const rulesOf = (made: HandMade, options: FindingsOptions = { hardware }) =>
  foundIn(made, options).map(({ rule }) => rule)

describe('a finding', () => {
  it('of a device that waits for launches says how often and what they launch', () => {
    const [first] = foundIn(handMade(late(20, 50)))
    expect(first).toMatchObject({ rule: 'launch-bound', section: 'timeline' })
    expect(first!.title).toBe('The GPU waits for the host 90 % of the window')
    expect(first!.evidence.slice(0, 2)).toEqual([
      '20 launches, one every 47.8 µs; half of the kernels run for less than 5.0 µs.',
      '20 activities shorter than the call that launches it.',
    ])
    expect(first!.share).toBeCloseTo(first!.gainNs / 955_000, 6)
  })

  it('of few long waits is apart from launches, which graphs would shorten', () => {
    const after = late(20, 50).map((each) => ({
      ...each,
      launched: [each.launched![0] + 31_000, each.launched![1] + 31_000] as [number, number],
      at: [each.at[0] + 31_000, each.at[1] + 31_000] as [number, number],
    }))
    const [first, second] = foundIn(handMade([...late(20, 50), ...after]))
    // From the end of the kernel at 963 µs to the launch at 31 ms.
    expect(first).toMatchObject({
      rule: 'stalls',
      title: 'In 1 long wait for the host the GPU stands idle 94 % of the window',
      place: { startNs: 963_000 },
    })
    expect(second?.rule ?? null).toBe(null)
    const [both, launches] = foundIn(handMade([...late(400, 50), ...after]))
    expect([both!.rule, launches!.rule].sort()).toEqual(['launch-bound', 'stalls'])
    expect(both!.gainNs + launches!.gainNs).toBeLessThan(31_955_000)
  })

  it('of one that waits although graphs are used tells what is outside of them', () => {
    const graph = late(1, 50, { api: 'cudaGraphLaunch' })
    const rest = late(9, 50).map((each) => ({
      ...each,
      launched: [each.launched![0] + 50, each.launched![1] + 50] as [number, number],
      at: [each.at[0] + 50, each.at[1] + 50] as [number, number],
    }))
    const [first] = foundIn(handMade([...graph, ...rest]))
    expect(first!.rule).toBe('outside-graphs')
    expect(first!.evidence[0]).toBe(
      '1 graph launch for 1 activity; 9 activities launched one by one.',
    )
  })

  it('of host and device that wait for one another names the calls', () => {
    const calls = Array.from({ length: 20 }, (_, i) => ({
      api: 'cudaStreamSynchronize',
      at: [i * 50 + 7, i * 50 + 15] as [number, number],
    }))
    const found = foundIn(handMade(late(20, 50), { calls }))
    const waits = found.find(({ rule }) => rule === 'host-waits')!
    expect(waits.evidence[0]).toBe(
      '19 gaps right after a call that waits, most often cudaStreamSynchronize (19 calls).',
    )
    expect(found.map(({ rule }) => rule)).not.toContain('allocations')
  })

  it('of allocations is not one of waits', () => {
    const calls = [{ api: 'cudaMalloc', at: [14, 49] as [number, number] }]
    const rules = rulesOf(handMade(late(20, 50), { calls }))
    expect(rules).toContain('allocations')
    expect(rules).not.toContain('host-waits')
  })

  it('of communication is of what nothing hides', () => {
    const compute: Activity = { at: [0, 100], family: 'gemm', does: 'matmul' }
    const reduce = (from: number, to: number): Activity => ({
      at: [from, to],
      stream: 20,
      kind: 'collective',
      collective: { kind: 'all_reduce', groupName: '0', groupSize: 4, ranks: [0, 1, 2, 3] },
    })
    const [first] = foundIn(handMade([compute, reduce(50, 150)]))
    expect(first).toMatchObject({ rule: 'exposed-communication', gainNs: 50_000 })
    expect(rulesOf(handMade([compute, reduce(50, 100)]))).toEqual([])
  })

  it('of a rank that comes late is of what each other rank waits', () => {
    const row = { count: 10, lastArrivals: 9, meanLatenessNs: 4000, waitNs: 0 }
    const stragglers = [
      { ...row, rank: 3, causedWaitNs: 60_000 },
      { ...row, rank: 0, causedWaitNs: 0 },
      { ...row, rank: 1, causedWaitNs: 0 },
    ]
    const made = handMade(busy([{ takes: 1000 }]))
    const [first] = foundIn(made, { stragglers })
    expect(first).toMatchObject({ rule: 'straggler', gainNs: 30_000 })
    expect(first!.title).toBe(
      'Rank 3 comes late to collectives: the others wait 3.0 % of the window',
    )
  })

  it('of products is of the time that the device does not need', () => {
    const slow = busy(Array.from({ length: 4 }, () => ({ takes: 100, call: product(1024) })))
    const [first] = foundIn(handMade(slow), { hardware })
    expect(first!.rule).toBe('far-from-roof')
    expect(first!.gainNs).toBeCloseTo(4 * (100_000 - (2 * 1024 ** 3) / 1e5), -2)
    const fast = busy(Array.from({ length: 4 }, () => ({ takes: 25, call: product(1024) })))
    expect(rulesOf(handMade(fast))).toEqual([])
    expect(rulesOf(handMade(slow), {})).toEqual([])
  })

  it('of experts is not one of other products', () => {
    const call: OpCall = { ...product(1024), op: 'grouped_gemm', groups: 8 } as OpCall
    expect(rulesOf(handMade(busy([{ takes: 400, call, family: 'moe' }])))).toEqual([
      'untuned-experts',
    ])
  })

  it('of small products needs many of them', () => {
    const small = (count: number) =>
      handMade(busy(Array.from({ length: count }, () => ({ takes: 6, call: product(64) }))))
    expect(rulesOf(small(30))).toEqual(['small-products'])
    expect(rulesOf(small(5))).toEqual([])
  })

  it('of kernels that a fusion would join is of those that follow another', () => {
    const pointwise = { takes: 10, does: 'elementwise', family: 'elementwise' } as const
    const [first] = foundIn(handMade(busy(Array.from({ length: 21 }, () => pointwise))))
    expect(first).toMatchObject({ rule: 'unfused', gainNs: 200_000 })
    const apart = Array.from({ length: 21 }, () => [pointwise, { takes: 50 }]).flat()
    expect(rulesOf(handMade(busy(apart)))).toEqual([])
  })

  it('of copies tells kernels from transfers', () => {
    const copy = { takes: 10, does: 'copy', family: 'data_movement', op: 'aten::copy_' } as const
    const made = handMade(busy([{ takes: 100 }, copy, copy]))
    expect(foundIn(made)).toMatchObject([
      {
        rule: 'copies',
        gainNs: 20_000,
        evidence: [
          '2 kernels to copy, convert or join tensors, most time in aten::copy_ (20.0 µs).',
        ],
      },
    ])
    const call: OpCall = { op: 'memcpy', bytes: 1 << 20, direction: 'host_to_device' }
    const transfer = { takes: 10, does: 'memcpy', kind: 'memcpy', family: 'memcpy', call } as const
    const found = foundIn(handMade(busy([{ takes: 100 }, transfer])))
    expect(found).toMatchObject([
      {
        rule: 'exposed-transfers',
        evidence: ['1 transfer, 1 MiB; 1 MiB of them to or from the host.'],
      },
    ])
  })
})

describe('findings', () => {
  it('come with the most to gain first, and lie in the window', () => {
    const made = handMade([...late(20, 50), ...busy([{ takes: 2000, call: product(1024) }])])
    const found = foundIn(made, { hardware })
    const gains = found.map(({ gainNs }) => gainNs)
    expect(gains).toEqual([...gains].sort((a, b) => b - a))
    for (const { place } of found) expect(place!.startNs).toBeGreaterThanOrEqual(0)
  })

  it('have each rule once, with sentences that are complete', () => {
    expect(new Set(rules.map(({ rule }) => rule)).size).toBe(rules.length)
    for (const { advice, title } of rules) expect(`${title}.${advice}`).not.toContain('undefined')
  })

  it('of a trace of JAX do not name what only PyTorch has', () => {
    const ofPyTorch = /torch|\.contiguous|PYTORCH|non_blocking/i
    for (const rule of rules) {
      expect('adviceInJax' in rule ? rule.adviceInJax : rule.advice).not.toMatch(ofPyTorch)
    }
    const made = handMade(late(20, 50))
    expect(foundIn(made)[0]!.advice).toMatch(/torch\.compile/)
    for (const format of ['xplane', 'jax-chrome'] as const) {
      const [first] = foundIn({ ...made, trace: { ...made.trace, format } })
      expect(first!.advice).toMatch(/jax\.jit/)
    }
  })

  it('of a trace of Ascend do not name what only GPUs have', () => {
    const ofGpus = /CUDA|HIP|NVLink|CUTLASS|DeepGEMM|FlashInfer|AITER|PYTORCH_CUDA|reduce-overhead/
    for (const rule of rules) {
      expect('adviceOnAscend' in rule ? rule.adviceOnAscend : rule.advice).not.toMatch(ofGpus)
    }
    const made = handMade(late(20, 50))
    for (const format of ['ascend', 'ascend-kernels'] as const) {
      const [first] = foundIn({ ...made, trace: { ...made.trace, format } })
      expect(first!.advice).toMatch(/TASK_QUEUE_ENABLE/)
    }
  })

  it('of an empty trace are none', () => {
    expect(foundIn(handMade([]))).toEqual([])
  })
})

describeWithCorpus('findings of measured traces', () => {
  const TOP: [string, string[]][] = [
    ['sglang-deepseek-h200-tp4-rank0', ['stalls', 'exposed-communication']],
    ['transformers-qwen1.5-0.5b-h100', ['copies', 'unfused']],
    ['param-simple-add-a100', ['allocations', 'stalls', 'host-waits']],
    ['ddp-sampled-rank0', ['exposed-communication', 'stalls', 'copies']],
  ]
  it.each(TOP)('%s', async (name, expected) => {
    const trace = await parseFile(corpus(`traces/${name}.trace.json.gz`), { hostCalls: true })
    const found = findings(trace, classifyTrace(trace))
    expect(found.map(({ rule }) => rule)).toEqual(expected)
    for (const { title, evidence } of found) {
      expect([title, ...evidence].join()).not.toMatch(/undefined|NaN|ProfilerStep|\{/)
      expect(evidence.length).toBeGreaterThan(0)
    }
  })
})
