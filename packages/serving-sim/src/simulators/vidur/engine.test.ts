import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../../../tests/corpus.js'
import { numeric, readCsv, readJson } from '../../../test/csv.js'
import { VIDUR_DEVICES, VIDUR_MODELS } from './catalogue.js'
import { CLOSED_FORM_OPERATORS } from './closed-form.js'
import { simulateVidur } from './engine.js'
import type { VidurOptions } from './options.js'
import { vidurStageTime } from './predictor.js'
import { type VidurRequestColumn, vidurRequestMetrics } from './request-metrics.js'
import type { VidurSchedulerOptions } from './schedulers/replica.js'
import type { VidurRequest } from './sequence.js'

interface ResolvedConfig {
  cluster_config: {
    num_replicas: number
    replica_config: {
      model_name: string
      device: string
      memory_margin_fraction: number
      num_pipeline_stages: number
      tensor_parallel_size: number
    }
    global_scheduler_config: { name: 'round_robin' | 'random' | 'lor' }
    replica_scheduler_config: Record<string, number> & { name: VidurSchedulerOptions['type'] }
  }
  request_generator_config: { max_tokens: number }
}

/** Our options for a run of Vidur with the closed-form operators. */
function optionsOf(config: ResolvedConfig): VidurOptions {
  const { replica_config: replica, replica_scheduler_config: scheduler } = config.cluster_config
  const model = VIDUR_MODELS[replica.model_name]!
  const tensorParallel = replica.tensor_parallel_size
  const pipelineStages = replica.num_pipeline_stages
  const given = (value: number | undefined) => value ?? Number.NaN
  return {
    model,
    scheduler: {
      type: scheduler.name,
      batchSizeCap: given(scheduler.batch_size_cap),
      blockSize: given(scheduler.block_size),
      watermarkBlocksFraction: given(scheduler.watermark_blocks_fraction),
      ...(scheduler.num_blocks ? { numBlocks: scheduler.num_blocks } : {}),
      ...(scheduler.max_tokens_in_batch ? { maxTokensInBatch: scheduler.max_tokens_in_batch } : {}),
      ...(scheduler.chunk_size ? { chunkSize: scheduler.chunk_size } : {}),
      ...(scheduler.max_waiting_iters ? { maxWaitingIters: scheduler.max_waiting_iters } : {}),
    },
    stageTime: vidurStageTime(model, CLOSED_FORM_OPERATORS, { tensorParallel, pipelineStages }),
    deviceMemoryGiB: VIDUR_DEVICES[replica.device]!.memoryGiB,
    memoryMarginFraction: replica.memory_margin_fraction,
    tensorParallel,
    pipelineStages,
    numReplicas: config.cluster_config.num_replicas,
    globalScheduler: config.cluster_config.global_scheduler_config.name,
    maxTokens: config.request_generator_config.max_tokens,
  }
}

/** Equal to a relative 1e-9. */
function expectClose(got: number, expected: number, what: string): void {
  const tolerance = 1e-9 * Math.max(Math.abs(expected), 1e-3)
  expect(Math.abs(got - expected), `${what}: ${got}, not ${expected}`).toBeLessThanOrEqual(
    tolerance,
  )
}

const folder = corpus('serving/vidur')
const cases = hasCorpus
  ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    )
  : ['(no corpus)']

describeWithCorpus('Vidur', () => {
  test.each(cases)('%s: every batch and every request', (name) => {
    const path = `${folder}/${name}`
    const requests = readCsv(`${path}/requests_in.csv`).map(
      (row): VidurRequest => ({
        id: Number(row.request_id),
        arrivedAtS: Number(row.arrived_at),
        prefillTokens: Number(row.num_prefill_tokens),
        decodeTokens: Number(row.num_decode_tokens),
      }),
    )
    const result = simulateVidur(requests, optionsOf(readJson(`${path}/config.json`)))

    const stages = readCsv(`${path}/batch_stages.csv`)
    expect(result.stages.length).toBe(stages.length)
    for (const [i, row] of stages.entries()) {
      const stage = result.stages[i]!
      expect([stage.batchId, stage.replicaId, stage.stageId]).toEqual([
        Number(row.batch_id),
        Number(row.replica_id),
        Number(row.stage_id),
      ])
      expect(stage.requestIds).toEqual(row.request_ids!.split(' ').map(Number))
      expect(stage.numTokens).toEqual(row.num_tokens!.split(' ').map(Number))
      expectClose(stage.startS, Number(row.start_s), `start of batch ${i}`)
      expectClose(stage.durationS, Number(row.duration_s), `duration of batch ${i}`)
    }

    for (const [i, row] of readCsv(`${path}/batch_metrics.csv`).entries()) {
      const batch = result.batches[i]!
      expect([batch.batchId, batch.numTokens, batch.numPrefillTokens, batch.size]).toEqual([
        Number(row['Batch Id']),
        Number(row.batch_num_tokens),
        Number(row.batch_num_prefill_tokens),
        Number(row.batch_size),
      ])
      expectClose(batch.executionTimeS, Number(row.batch_execution_time), `batch ${i}`)
    }

    const rows = vidurRequestMetrics(requests, result.sequences)
    const byId = new Map(rows.map((row) => [row['Request Id'], row]))
    const expected = readCsv(`${path}/request_metrics.csv`)
    expect(rows.length).toBe(expected.filter((row) => row.request_e2e_time !== '').length)
    for (const row of expected) {
      const got = byId.get(Number(row['Request Id']))
      if (got === undefined) continue
      for (const [column, field] of Object.entries(row)) {
        const value = numeric(field)
        const mine = got[column as VidurRequestColumn]
        if (value === null) expect(mine, column).toBeNull()
        else expectClose(mine!, value, `${column} of request ${row['Request Id']}`)
      }
    }

    const summary = readJson<Record<string, number>>(`${path}/summary.json`)
    expect(result.numBlocks).toBe(summary.num_blocks)
    expect(result.maxBatchSize).toBe(summary.max_batch_size)
    expectClose(result.endS, summary.sim_end_s!, 'end')
  })
})

describe('laws of every scheduler', () => {
  const model = VIDUR_MODELS['meta-llama/Llama-2-7b-hf']!
  const workload = fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 100 }),
      prefillTokens: fc.integer({ min: 1, max: 400 }),
      decodeTokens: fc.integer({ min: 1, max: 40 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  const scheduler = fc.constantFrom<VidurSchedulerOptions>(
    { type: 'vllm', numBlocks: 40 },
    { type: 'sarathi', numBlocks: 40, chunkSize: 64 },
    { type: 'orca', numBlocks: 96 },
    { type: 'lightllm', blockSize: 1, numBlocks: 900 },
    { type: 'faster_transformer', numBlocks: 4000 },
  )
  const pipelines = fc.constantFrom(1, 2)

  test('all requests finish in order of their stages; blocks are not overdrawn', () => {
    fc.assert(
      fc.property(
        workload,
        scheduler,
        pipelines,
        fc.constantFrom('round_robin' as const, 'random' as const, 'lor' as const),
        (items, options, stages, globalScheduler) => {
          const pipelineStages = options.type === 'lightllm' ? 1 : stages
          let arrivedAtS = 0
          const requests = items.map(({ gap, prefillTokens, decodeTokens }, id) => {
            arrivedAtS += gap / 1000
            return { id, arrivedAtS, prefillTokens, decodeTokens }
          })
          const run = () =>
            simulateVidur(requests, {
              model,
              scheduler: options,
              stageTime: vidurStageTime(model, CLOSED_FORM_OPERATORS, {
                tensorParallel: 1,
                pipelineStages,
              }),
              deviceMemoryGiB: 80,
              maxTokens: 512,
              pipelineStages,
              numReplicas: 2,
              globalScheduler,
            })
          const result = run()
          expect(result.peakBlocks).toBeLessThanOrEqual(result.numBlocks)
          const leaks = options.type === 'faster_transformer'
          if (!leaks) expect(result.leakedBlocks).toBe(0)
          for (const sequence of result.sequences) {
            expect(sequence.completed).toBe(true)
            expect(sequence.scheduledAt).toBeGreaterThanOrEqual(sequence.arrivedAt)
            expect(sequence.prefillCompletedAt).toBeGreaterThan(sequence.scheduledAt)
            expect(sequence.completedAt).toBeGreaterThanOrEqual(sequence.prefillCompletedAt)
          }
          expect(run()).toEqual(result)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('requests that never fit are left over and said so', () => {
    const result = simulateVidur([{ id: 0, arrivedAtS: 0, prefillTokens: 500, decodeTokens: 2 }], {
      model,
      scheduler: { type: 'vllm', numBlocks: 10 },
      stageTime: () => 0.001,
      deviceMemoryGiB: 80,
    })
    expect(result.warnings).toEqual(['1 requests were not finished'])
  })

  test('weights beyond the memory are an error', () => {
    expect(() =>
      simulateVidur([], {
        model: VIDUR_MODELS['Qwen/Qwen-72B']!,
        scheduler: { type: 'vllm' },
        stageTime: () => 0.001,
        deviceMemoryGiB: 80,
      }),
    ).toThrow(/weights take 1\d\d\.\d of 72\.0 GiB/)
  })
})
