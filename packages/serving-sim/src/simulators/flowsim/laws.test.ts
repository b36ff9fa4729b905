import type { WorkloadRequest } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drafting, instance, options, request, routing, tier } from '../../../test/cluster.js'
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

const tree = drafting({ tokens: 9, reach: [0.9, 0.5], draftedShare: 0.7 })

const cluster = fc
  .record({
    policy: fc.constantFrom(...SCHEDULER_POLICIES),
    order: fc.constantFrom('fcfs' as const, 'priority' as const, 'shortest-prompt' as const),
    preemption: fc.constantFrom('recompute' as const, 'swap' as const),
    blocks: fc.integer({ min: 8, max: 80 }),
    pipelineStages: fc.constantFrom(1, 1, 3),
    prefixCaching: fc.boolean(),
    tiers: fc.constantFrom([], [tier('host', 30)], [tier('host', 9), tier('remote', 50)]),
    window: fc.constantFrom(0, 0, 24),
    snapshotTokens: fc.constantFrom(0, 0, 12),
    maxModelLen: fc.constantFrom(0, 100),
    threshold: fc.constantFrom(0, 16),
    reservation: fc.constantFrom('as-needed' as const, 'prompt' as const, 'whole-output' as const),
    asyncScheduling: fc.boolean(),
    shape: fc.constantFrom('one', 'three', 'disaggregated'),
    scales: fc.boolean(),
    routing: fc.constantFrom(...ROUTING_POLICIES),
    index: fc.constantFrom('precise' as const, 'approximate' as const),
    stalenessNs: fc.constantFrom(0, 0, 3_000_000),
    admission: fc.constantFrom('always' as const, 'queue-limit' as const, 'shed' as const),
    speculation: fc.constantFrom(null, null, drafting(), drafting({ maxBatch: 2 }), tree),
  })
  .map((choice): FlowsimOptions => {
    const make = (name: string, role: InstanceOptions['role']) =>
      instance({
        name,
        role,
        pipelineStages: choice.pipelineStages,
        speculation: choice.speculation,
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
          tiers: choice.tiers,
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
