import type { StepTimeModel, WorkloadRequest } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { instance, options, request, routing, stepTime } from '../../../test/cluster.js'
import { ROUTING_POLICIES } from './cluster/routers/index.js'
import { simulateFlowsim } from './engine.js'
import type { FlowsimOptions, InstanceOptions, SchedulerOptions } from './options.js'
import { SCHEDULER_POLICIES } from './schedulers/index.js'
import { runFlowsim } from './simulation.js'

interface Item {
  gap: number
  inputTokens: number
  outputTokens: number
  group: number
  prefixTokens: number
  session: number
  deadline: number | null
  priority: number
}

const workload = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 3_000_000 }),
    inputTokens: fc.integer({ min: 1, max: 200 }),
    outputTokens: fc.integer({ min: 0, max: 40 }),
    group: fc.integer({ min: 0, max: 2 }),
    prefixTokens: fc.integer({ min: 0, max: 60 }),
    session: fc.integer({ min: 0, max: 6 }),
    deadline: fc.option(fc.integer({ min: 0, max: 60_000_000 })),
    priority: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 30 },
)

function requestsOf(items: readonly Item[]): WorkloadRequest[] {
  let arrivalNs = 0
  return items.map((item, i) => {
    arrivalNs += item.gap
    return request(i, {
      arrivalNs,
      inputTokens: item.inputTokens,
      outputTokens: item.outputTokens,
      priority: item.priority,
      ...(item.group > 0
        ? {
            prefixGroup: `g${item.group}`,
            prefixTokens: Math.min(item.prefixTokens, item.inputTokens),
          }
        : {}),
      ...(item.session > 3 ? { session: `s${item.session}`, thinkNs: 1000 } : {}),
      ...(item.deadline === null ? {} : { deadlineNs: arrivalNs + item.deadline }),
    })
  })
}

const scaling = {
  min: 1,
  max: 2,
  intervalNs: 2_000_000,
  startupNs: 5_000_000,
  upKvUse: 0.5,
  upQueue: 1,
  downKvUse: 0.4,
  downStabilisationNs: 4_000_000,
}

const cluster = fc
  .record({
    policy: fc.constantFrom(...SCHEDULER_POLICIES),
    order: fc.constantFrom('fcfs' as const, 'priority' as const, 'shortest-prompt' as const),
    preemption: fc.constantFrom('recompute' as const, 'swap' as const),
    blocks: fc.integer({ min: 8, max: 80 }),
    pipelineStages: fc.constantFrom(1, 1, 3),
    prefixCaching: fc.boolean(),
    offloadBlocks: fc.constantFrom(0, 30),
    window: fc.constantFrom(0, 0, 24),
    snapshotTokens: fc.constantFrom(0, 0, 12),
    maxModelLen: fc.constantFrom(0, 100),
    threshold: fc.constantFrom(0, 16),
    reservation: fc.constantFrom('as-needed' as const, 'whole-output' as const),
    asyncScheduling: fc.boolean(),
    shape: fc.constantFrom('one', 'three', 'disaggregated'),
    scales: fc.boolean(),
    routing: fc.constantFrom(...ROUTING_POLICIES),
    index: fc.constantFrom('precise' as const, 'approximate' as const),
    stalenessNs: fc.constantFrom(0, 0, 3_000_000),
    admission: fc.constantFrom('always' as const, 'queue-limit' as const, 'shed' as const),
  })
  .map((choice): FlowsimOptions => {
    const make = (name: string, role: InstanceOptions['role']) =>
      instance({
        name,
        role,
        pipelineStages: choice.pipelineStages,
        scheduler: {
          policy: choice.policy,
          order: choice.order,
          preemption: choice.preemption,
          maxModelLen: choice.maxModelLen,
          longPrefillTokenThreshold: choice.threshold,
          reservation: choice.reservation,
          asyncScheduling: choice.asyncScheduling,
        },
        kv: {
          blocks: choice.blocks,
          prefixCaching: choice.prefixCaching,
          swapBlocks: choice.preemption === 'swap' ? 20 : 0,
          offloadBlocks: choice.offloadBlocks,
          snapshotTokens: choice.snapshotTokens,
          extraBlocks:
            choice.window === 0 ? null : (tokens) => Math.ceil(Math.min(tokens, choice.window) / 8),
        },
      })
    const instances =
      choice.shape === 'one'
        ? [make('i0', 'both')]
        : choice.shape === 'disaggregated'
          ? [make('p0', 'prefill'), make('p1', 'prefill'), make('d0', 'decode')]
          : [make('i0', 'both'), make('i1', 'both'), make('i2', 'both')]
    return options(instances, {
      routing: routing(choice.routing, {
        index: choice.index,
        stalenessNs: choice.stalenessNs,
        indexBlocks: 20,
        balanceAbsThreshold: 2,
      }),
      admission: {
        policy: choice.admission,
        burstTokens: 0,
        tokensPerS: 0,
        maxQueue: 4,
        maxKvUse: 0.9,
        shedPriority: 2,
      },
      autoscaling: {
        prefill: choice.scales && choice.shape !== 'one' ? scaling : null,
        decode: null,
      },
    })
  })

describe('laws, for every scheduler and cluster', () => {
  test('requests, tokens and blocks are conserved, times are in order, the seed decides', () => {
    fc.assert(
      fc.property(workload, cluster, (items, settings) => {
        const requests = requestsOf(items)
        const { table, instances, batches } = runFlowsim(requests, settings)

        let emitted = 0
        for (const record of table) {
          // Everything ends in a counted state.
          expect(['waiting', 'running']).not.toContain(record.state)
          const limit = requests.find(({ id }) => id === record.id)!.outputTokens
          expect(record.outputTokens).toBeLessThanOrEqual(limit)
          if (record.state === 'completed') expect(record.outputTokens).toBe(limit)
          emitted += record.outputTokens
          if (record.scheduledNs !== null) {
            expect(record.scheduledNs).toBeGreaterThanOrEqual(record.arrivalNs)
          }
          if (record.firstTokenNs !== null) {
            expect(record.firstTokenNs).toBeGreaterThan(record.scheduledNs!)
            expect(record.finishedNs!).toBeGreaterThanOrEqual(record.firstTokenNs)
          }
        }
        for (const { kv, running, waiting, swapped } of instances) {
          expect(kv.used).toBe(0)
          expect(kv.peak).toBeLessThanOrEqual(kv.blocks)
          expect(running.length + waiting.length + swapped.length).toBe(0)
        }
        // A request of no output still computes one token, which is not delivered.
        const generated = instances.reduce((sum, { outputTokens }) => sum + outputTokens, 0)
        const silent = [...table].filter(
          ({ outputTokens, firstTokenNs }) => outputTokens === 0 && firstTokenNs !== null,
        ).length
        expect(generated).toBe(emitted + silent)
        for (const batch of batches!) {
          expect(batch.size).toBeGreaterThan(0)
          expect(batch.prefillTokens + batch.decodeTokens).toBeGreaterThan(0)
        }
        const again = runFlowsim(requests, settings)
        expect([...again.table]).toEqual([...table])
        expect(again.batches).toEqual(batches)
      }),
      { numRuns: 400 },
    )
  })

  test('first come, first served: nobody is overtaken at admission', () => {
    fc.assert(
      fc.property(
        workload,
        fc.constantFrom('vllm-v1', 'vllm-v0', 'sarathi', 'orca', 'static') as fc.Arbitrary<
          SchedulerOptions['policy']
        >,
        (items, policy) => {
          const requests = requestsOf(items).map(({ id, arrivalNs, outputTokens }, i) =>
            request(i, {
              id,
              arrivalNs,
              outputTokens,
              inputTokens: items[i]!.inputTokens % 60 || 1,
            }),
          )
          const { requests: table } = simulateFlowsim(
            requests,
            options([instance({ scheduler: { policy } })]),
          )
          let last = -1
          for (const record of table) {
            expect(record.state).toBe('completed')
            expect(record.scheduledNs!).toBeGreaterThanOrEqual(last)
            last = record.scheduledNs!
          }
        },
      ),
    )
  })

  test('the reports of the instances add up to that of the cluster', () => {
    fc.assert(
      fc.property(workload, cluster, (items, settings) => {
        const { report, instances } = simulateFlowsim(requestsOf(items), settings)
        if (instances.length === 0) return
        const sum = (of: (one: typeof report) => number) =>
          instances.reduce((total, one) => total + of(one), 0)
        expect(sum(({ outputTokens }) => outputTokens)).toBe(report.outputTokens)
        expect(sum(({ steps }) => steps)).toBe(report.steps)
        expect(sum(({ requests }) => requests.completed ?? 0)).toBe(report.requests.completed ?? 0)
      }),
      { numRuns: 100 },
    )
  })
})

describe('one instance', () => {
  test('a lone request: one prefill, then a step for each further token', () => {
    const { requests, batches, report } = simulateFlowsim([request(0)], options([instance()]))
    expect(
      batches!.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens]),
    ).toEqual([
      [20, 0],
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ])
    const prefillNs = 1e6 + 20e3
    const decodeNs = (context: number) => 1e6 + 1e3 + context * 10
    expect(requests.record(0)).toMatchObject({
      scheduledNs: 0,
      firstTokenNs: prefillNs,
      finishedNs: prefillNs + decodeNs(20) + decodeNs(21) + decodeNs(22) + decodeNs(23),
      outputTokens: 5,
      state: 'completed',
    })
    expect(report.tpot!.p50S).toBeCloseTo(decodeNs(21.5) / 1e9, 9)
  })

  test('requests that arrive together are in the first batch together', () => {
    const { batches } = simulateFlowsim([request(0), request(1)], options([instance()]))
    expect(batches![0]).toMatchObject({ startNs: 0, size: 2, prefillTokens: 40 })
  })

  test('chunked prefill: the budget is shared by decodes and chunks', () => {
    const { batches } = simulateFlowsim(
      [request(0), request(1, { arrivalNs: 1, inputTokens: 100 })],
      options([instance({ scheduler: { maxNumBatchedTokens: 30 } })]),
    )
    expect(
      batches!.slice(0, 4).map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens]),
    ).toEqual([
      [20, 0],
      [29, 1],
      [29, 1],
      [29, 1],
    ])
  })

  test('sglang: a step prefills or decodes, prompts first, cut at the budget', () => {
    const late = { arrivalNs: 2_000_000, outputTokens: 1 }
    const { batches } = simulateFlowsim(
      [
        request(0, { inputTokens: 8, outputTokens: 4 }),
        request(1, { ...late, inputTokens: 100 }),
        request(2, late),
      ],
      options([
        instance({ scheduler: { policy: 'sglang', maxNumBatchedTokens: 64, maxWaitingSteps: 0 } }),
      ]),
    )
    expect(
      batches!.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens]),
    ).toEqual([
      [8, 0],
      [0, 1],
      [64, 0],
      [56, 0],
      [0, 1],
      [0, 1],
    ])
  })

  test('sglang with a receive interval: new requests wait for so many steps of decoding', () => {
    const late = { arrivalNs: 2_000_000, outputTokens: 1 }
    const { batches } = simulateFlowsim(
      [request(0, { inputTokens: 8, outputTokens: 9 }), request(1, late), request(2, late)],
      options([instance({ scheduler: { policy: 'sglang', maxNumSeqs: 2, maxWaitingSteps: 3 } })]),
    )
    // It looks after a prefill too: the third request finds no place and has to wait for another look.
    expect(
      batches!.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens]),
    ).toEqual([
      [8, 0],
      [0, 1],
      [0, 1],
      [0, 1],
      [20, 0],
      [20, 0],
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ])
  })

  test('a shared prefix is computed once', () => {
    const shared = { prefixGroup: 'p', prefixTokens: 16 }
    const { requests, batches } = simulateFlowsim(
      [request(0, shared), request(1, { ...shared, arrivalNs: 1 })],
      options([instance()]),
    )
    expect(batches![1]).toMatchObject({ prefillTokens: 4, decodeTokens: 1 })
    expect([...requests].map(({ cachedTokens }) => cachedTokens)).toEqual([0, 16])
  })

  test('where states are kept every so many tokens, a prefix is found up to there', () => {
    const cached = (snapshotTokens: number) =>
      simulateFlowsim(
        [
          request(0, { prefixGroup: 'a', prefixTokens: 16 }),
          request(1, { prefixGroup: 'a', prefixTokens: 16, arrivalNs: 50_000_000 }),
        ],
        options([instance({ kv: { snapshotTokens } })]),
      ).requests.record(1).cachedTokens
    expect([0, 8, 12, 32].map(cached)).toEqual([16, 16, 12, 0])
  })

  test('windows and states take blocks beside those of the tokens', () => {
    const run = (extraBlocks: InstanceOptions['kv']['extraBlocks']) =>
      simulateFlowsim([request(0)], options([instance({ kv: { extraBlocks } })])).report
    const even = run(null)
    const windowed = run((tokens) => Math.min(tokens, 8) / 2)
    expect(windowed.kvBlocks!.peak).toBe(even.kvBlocks!.peak + 4)
    expect(windowed.steps).toBe(even.steps)
  })

  test('a conversation finds what was said before', () => {
    const session = { session: 's', thinkNs: 500 }
    const { requests } = simulateFlowsim(
      [
        request(0, { ...session, inputTokens: 20, outputTokens: 5 }),
        request(1, { ...session, inputTokens: 40, outputTokens: 5 }),
      ],
      options([instance()]),
    )
    const [first, second] = [...requests]
    expect(second!.arrivalNs).toBe(first!.finishedNs! + 500)
    // 24 of the first 25 tokens are in the cache: the last output was never an input.
    expect(second!.cachedTokens).toBe(24)
  })

  test('a prompt that begins anew finds nothing of its session, however long it is', () => {
    const session = { session: 's', thinkNs: 500, round: 0 }
    const { requests } = simulateFlowsim(
      [
        request(0, { ...session, inputTokens: 20, outputTokens: 5 }),
        request(1, { ...session, inputTokens: 40, outputTokens: 5 }),
      ],
      options([instance()]),
    )
    expect([...requests].map(({ cachedTokens }) => cachedTokens)).toEqual([0, 0])
  })

  test('hashed blocks of different requests are the same tokens', () => {
    const hashed = (ids: number[]) => ({ blockHashes: ids, blockHashTokens: 8, inputTokens: 24 })
    const { requests } = simulateFlowsim(
      [
        request(0, hashed([7, 8, 9])),
        request(1, { ...hashed([7, 8, 11]), arrivalNs: 1 }),
        request(2, { ...hashed([5, 8, 9]), arrivalNs: 2 }),
      ],
      options([instance()]),
    )
    expect([...requests].map(({ cachedTokens }) => cachedTokens)).toEqual([0, 16, 0])
  })

  test('under pressure the last admitted is preempted, and finds its own blocks again', () => {
    const tight = (preemption: 'recompute' | 'swap') =>
      simulateFlowsim(
        [
          request(0, { inputTokens: 60, outputTokens: 40 }),
          request(1, { inputTokens: 60, outputTokens: 40 }),
        ],
        options([
          instance({
            scheduler: { maxNumBatchedTokens: 256, preemption },
            kv: { blocks: 40, swapBlocks: 40 },
          }),
        ]),
      )
    const recomputed = tight('recompute')
    expect([...recomputed.requests].map(({ preemptions }) => preemptions)).toEqual([0, 1])
    expect(recomputed.report.requests).toEqual({ completed: 2 })
    const swapped = tight('swap')
    expect(swapped.report.preemptions).toBe(1)
    const prefilled = (run: typeof swapped) =>
      run.batches!.reduce((sum, { prefillTokens }) => sum + prefillTokens, 0)
    expect(prefilled(swapped)).toBe(120)
    expect(prefilled(recomputed)).toBeGreaterThan(120)
  })

  test('evicted prefixes come back from the offload tier', () => {
    const shared = { prefixGroup: 'p', prefixTokens: 40, inputTokens: 44, outputTokens: 1 }
    const run = (offloadBlocks: number) =>
      simulateFlowsim(
        [
          request(0, shared),
          request(1, { arrivalNs: 50e6, inputTokens: 64, outputTokens: 1 }),
          request(2, { ...shared, arrivalNs: 100e6 }),
        ],
        options([instance({ kv: { blocks: 16, offloadBlocks } })]),
      )
    expect(run(0).requests.record(2).cachedTokens).toBe(0)
    expect(run(100).requests.record(2).cachedTokens).toBe(40)
  })

  test('the CPU adds to a step, or hides behind the device', () => {
    const run = (overlapped: boolean, outputTokens: number) =>
      simulateFlowsim(
        [request(0, { outputTokens })],
        options([
          instance({ cpuOverhead: { perStepNs: 500_000, perSequenceNs: 100, overlapped } }),
        ]),
      ).requests.record(0).finishedNs
    expect(run(false, 1)).toBe(1_020_000 + 500_100)
    // The first step has no step before it to hide behind.
    expect(run(true, 1)).toBe(1_020_000 + 500_100)
    expect(run(false, 2)! - run(false, 1)!).toBe(1_001_200 + 500_100)
    expect(run(true, 2)! - run(true, 1)!).toBe(1_001_200)
  })

  test('the host work that the step-time model knows counts too', () => {
    const hosted = { ...stepTime, hostNs: () => 700_000 }
    const { requests } = simulateFlowsim(
      [request(0, { outputTokens: 1 })],
      options([instance({ stepTime: hosted })]),
    )
    expect(requests.record(0).finishedNs).toBe(1_020_000 + 700_000)
  })

  test('steps run in CUDA graphs: of their size, filled up to the next one, or eagerly', () => {
    const seen: [number, string, number][] = []
    const spy: StepTimeModel = {
      name: 'spy',
      stepNs(batch) {
        seen.push([batch.tokens, batch.launch, batch.padding])
        return 1e6
      },
    }
    const run = (padsToGraph: boolean) => {
      seen.length = 0
      const graphs = { decodeGraphs: [1, 2, 4], prefillGraphs: { upTo: 40 }, padsToGraph }
      simulateFlowsim(
        [0, 1, 2, 3, 4].map((id) => request(id, { inputTokens: 10, outputTokens: 3 - (id % 2) })),
        options([instance({ stepTime: spy, graphs })]),
      )
      return [...seen]
    }
    // Fifty prompt tokens, five decodes, three decodes.
    expect(run(true)).toEqual([
      [50, 'eager', 0],
      [5, 'eager', 0],
      [3, 'graph', 1],
    ])
    expect(run(false)).toEqual([
      [50, 'eager', 0],
      [5, 'eager', 0],
      [3, 'eager', 0],
    ])
    const seenAlone = () => {
      seen.length = 0
      const graphs = { decodeGraphs: { upTo: 8 }, prefillGraphs: [16, 32], padsToGraph: true }
      simulateFlowsim(
        [request(0, { outputTokens: 2 })],
        options([instance({ stepTime: spy, graphs })]),
      )
      return seen
    }
    expect(seenAlone()).toEqual([
      [20, 'piecewise', 12],
      [1, 'graph', 0],
    ])
  })

  test('a step that was scheduled while the one before ran has nothing that came after', () => {
    const started = (asyncScheduling: boolean, arrivalNs: number) =>
      simulateFlowsim(
        [request(0, { outputTokens: 20 }), request(1, { arrivalNs })],
        options([instance({ scheduler: { asyncScheduling } })]),
      ).requests.record(1).scheduledNs!
    // Steps of the first request: 1.02 ms, then a little more than 1 ms each.
    const [soon, later] = [started(false, 1_500_000), started(true, 1_500_000)]
    expect(soon).toBeGreaterThan(2e6)
    expect(soon).toBeLessThan(2.1e6)
    expect(later - soon).toBeGreaterThan(1e6)
    expect(later - soon).toBeLessThan(1.01e6)
    // Before the step before started is soon enough; so is an idle engine.
    expect(started(true, 0)).toBe(0)
    expect(started(true, 50_000_000)).toBe(50_000_000)
  })

  test('a request that reserves its whole output waits until all of it fits, and is never evicted', () => {
    const run = (reservation: SchedulerOptions['reservation']) =>
      simulateFlowsim(
        [0, 1, 2].map((id) => request(id, { inputTokens: 16, outputTokens: 64 })),
        options([instance({ kv: { blocks: 40 }, scheduler: { reservation } })]),
      )
    const eager = run('as-needed')
    const patient = run('whole-output')
    expect(eager.report.preemptions).toBeGreaterThan(0)
    expect(eager.requests.record(2).scheduledNs).toBe(0)
    // Twenty blocks each: two run, the third one after them.
    expect(patient.report.preemptions).toBe(0)
    expect(patient.requests.record(2).scheduledNs).toBe(patient.requests.record(0).finishedNs)
    expect(patient.report.requests).toEqual({ completed: 3 })
  })

  test('a pipeline has as many batches under way as stages', () => {
    const { batches } = simulateFlowsim(
      [request(0), request(1)],
      options([instance({ pipelineStages: 2 })]),
    )
    const [first, second] = batches!
    expect(first!.size).toBe(1)
    expect(second!.startNs).toBeGreaterThan(first!.startNs)
    expect(second!.startNs).toBeLessThan(first!.startNs + first!.durationNs)
  })
})

describe('requests that cannot be served', () => {
  test('too long for the cache, for the model or for the batch', () => {
    const run = (
      overrides: Parameters<typeof instance>[0],
      inputTokens: number,
      outputTokens = 5,
    ) =>
      simulateFlowsim(
        [request(0, { inputTokens, outputTokens }), request(1)],
        options([instance(overrides)]),
      ).report.requests
    expect(run({}, 161)).toEqual({ unservable: 1, completed: 1 })
    expect(run({ scheduler: { maxModelLen: 50 } }, 50)).toEqual({ unservable: 1, completed: 1 })
    expect(run({ scheduler: { policy: 'vllm-v0' } }, 65)).toEqual({ unservable: 1, completed: 1 })
    expect(run({ scheduler: { maxModelLen: 50 } }, 40, 30)).toEqual({
      length_capped: 1,
      completed: 1,
    })
    // It fits, but not with all that it wants to say.
    expect(run({}, 150, 30)).toEqual({ length_capped: 1, completed: 1 })
  })

  test('deadlines end requests that wait and requests that run', () => {
    const { requests } = simulateFlowsim(
      [
        request(0, { outputTokens: 100, inputTokens: 10, deadlineNs: 20_500_000 }),
        request(1, { deadlineNs: 500 }),
      ],
      options([instance({ scheduler: { maxNumSeqs: 1 } })]),
    )
    expect(requests.record(0)).toMatchObject({ state: 'timed_out', outputTokens: 20 })
    expect(requests.record(1)).toMatchObject({ state: 'timed_out', finishedNs: 500 })
  })

  test('a session ends with its first failure', () => {
    const { report } = simulateFlowsim(
      [
        request(0, { session: 's', inputTokens: 500 }),
        request(1, { session: 's' }),
        request(2, { session: 's' }),
      ],
      options([instance()]),
    )
    expect(report.requests).toEqual({ unservable: 1, rejected: 2 })
  })

  test('at the horizon the rest is left where it is', () => {
    const { report, warnings } = simulateFlowsim(
      [request(0, { outputTokens: 100 }), request(1, { outputTokens: 100 })],
      options([instance({ scheduler: { maxNumSeqs: 1 } })], { horizonNs: 10_000_000 }),
    )
    expect(report.requests).toEqual({ running: 1, waiting: 1 })
    expect(report.durationS).toBe(0.01)
    expect(warnings).toEqual(['2 requests had not finished when the run ended'])
  })
})

describe('a cluster', () => {
  const many = Array.from({ length: 40 }, (_, i) =>
    request(i, { arrivalNs: i * 200_000, prefixGroup: `g${i % 2}`, prefixTokens: 16 }),
  )
  const pair = () => [instance({ name: 'a' }), instance({ name: 'b' })]

  test('round robin takes turns', () => {
    const { requests } = simulateFlowsim(many, options(pair()))
    expect([...requests].slice(0, 4).map((record) => record.instance)).toEqual(['a', 'b', 'a', 'b'])
  })

  test('a prefix-aware router keeps a prefix where it is', () => {
    const run = (policy: 'prefix-aware' | 'random') =>
      simulateFlowsim(many, options(pair(), { routing: routing(policy) })).report.cachedTokens!
    expect(run('prefix-aware')).toBeGreaterThanOrEqual(run('random'))
  })

  test('a faster instance gets more of a balanced load', () => {
    const fast = instance({
      name: 'fast',
      stepTime: { name: 'fast', stepNs: (batch) => stepTime.stepNs(batch) / 4 },
    })
    const { instances } = simulateFlowsim(
      many.map((one) => ({ ...one, outputTokens: 20 })),
      options([fast, instance({ name: 'slow' })], {
        routing: routing('least-loaded'),
      }),
    )
    const [a, b] = instances
    expect(a!.requests.completed!).toBeGreaterThan(b!.requests.completed!)
  })

  test('prefill and decode on different instances: the KV takes its time between them', () => {
    const run = (bandwidthBytesPerS: number) =>
      simulateFlowsim(
        [request(0)],
        options(
          [instance({ name: 'p', role: 'prefill' }), instance({ name: 'd', role: 'decode' })],
          {
            transfer: { latencyNs: 1000, bandwidthBytesPerS },
          },
        ),
      )
    const { requests, batches } = run(5e9)
    // 5 blocks of 1 MB at 5 GB/s.
    expect(requests.record(0)).toMatchObject({
      firstTokenNs: 1_020_000 + 1000 + 1_000_000,
      instance: 'd',
      state: 'completed',
    })
    expect(batches!.map((batch) => batch.instance)).toEqual(['p', 'd', 'd', 'd', 'd'])
    const slower = run(1e9).requests.record(0).firstTokenNs!
    expect(slower).toBe(1_020_000 + 1000 + 5_000_000)
  })

  test('the autoscaler adds instances under load and lets them go', () => {
    const autoscaling = {
      min: 1,
      max: 2,
      intervalNs: 2_000_000,
      startupNs: 5_000_000,
      upKvUse: 0.8,
      upQueue: 2,
      downKvUse: 0.5,
      downStabilisationNs: 10_000_000,
    }
    const late = request(99, { arrivalNs: 500_000_000 })
    const { instances, native, report } = simulateFlowsim(
      [...many, late],
      options(pair(), {
        autoscaling: { prefill: autoscaling, decode: null },
        routing: routing('least-loaded'),
      }),
    )
    expect(report.requests).toEqual({ completed: 41 })
    expect(instances[1]!.requests.completed).toBeGreaterThan(0)
    const seconds = native!.instanceSeconds as number
    expect(seconds).toBeGreaterThan(report.durationS)
    expect(seconds).toBeLessThan(1.5 * report.durationS)
  })

  test('admission: a bucket, a queue, and shedding of what is not urgent', () => {
    const run = (admission: FlowsimOptions['admission']) =>
      simulateFlowsim(
        many.map((one, i) => ({ ...one, arrivalNs: 0, priority: i % 2 })),
        options([instance()], { admission }),
      ).requests
    const base = { burstTokens: 100, tokensPerS: 0, maxQueue: 5, maxKvUse: 0.5, shedPriority: 1 }
    const rejected = (table: ReturnType<typeof run>) =>
      [...table].filter(({ state }) => state === 'rejected')
    expect(rejected(run({ ...base, policy: 'token-bucket' })).length).toBe(35)
    expect(rejected(run({ ...base, policy: 'queue-limit' })).length).toBe(35)
    const shed = rejected(run({ ...base, policy: 'shed' }))
    expect(shed.length).toBeGreaterThan(0)
    expect(shed.every(({ id }) => Number(id.slice(1)) % 2 === 1)).toBe(true)
  })

  test('goodput counts what met the limits of its class', () => {
    const { report } = simulateFlowsim(
      [request(0, { sloClass: 'fast' }), request(1, { sloClass: 'slow' })],
      {
        ...options([instance()]),
        slo: { fast: { ttftS: 0.001 }, default: { ttftS: 1, tpotS: 1, e2eS: 1 } },
      },
    )
    expect(report.goodput!.attainment).toBe(0.5)
    expect(report.classes!.map(({ name, attainment }) => [name, attainment])).toEqual([
      ['fast', 0],
      ['slow', 1],
    ])
  })
})
