import { describe, expect, it } from 'vitest'
import { describeWithCorpus } from '../../../tests/corpus.js'
import { findHardware } from './hardware/find.js'
import { roofline } from './models/roofline.js'
import { corpusRows } from './testing/csv.js'
import { type TransformerBlock, transformerBlock } from './transformer-block.js'

const gpt3 = { width: 12288, heads: 96, dtype: 'fp16' } as const

describeWithCorpus('GPT-3 blocks of LLMCompass, to the last bit', () => {
  it.each(
    corpusRows('llmcompass/transformer_gpt3.csv').map(
      (row) => [`${row.op} on ${row.system}, batch ${row.batch}, tp ${row.tp}`, row] as const,
    ),
  )('%s', (_, row) => {
    const block: TransformerBlock = {
      ...gpt3,
      phase: row.op?.endsWith('prefill') ? 'prefill' : 'decode',
      batch: Number(row.batch),
      sequence: Number(row.seq),
      tensorParallel: Number(row.tp),
    }
    const { totalS, parts } = transformerBlock(block, findHardware(row.system ?? ''), {
      mode: row.compile_mode ?? '',
    })
    expect([totalS, ...Object.values(parts)]).toEqual(
      [
        'latency_s_incl_overheads',
        'qkv_proj',
        'q_mul_k',
        'a_mul_v',
        'wo_proj',
        'w1_proj',
        'w2_proj',
        'softmax',
        'layernorm_mha',
        'gelu',
        'allreduce_mha',
      ].map((column) => Number(row[column])),
    )
  })
})

describeWithCorpus("GPT-3 blocks of the paper's measurements, to the last bit", () => {
  const measured = corpusRows('llmcompass/measured_transformer_A100x4.csv')
  const names = {
    qkvS: 'qkv_proj',
    scoresS: 'q_mul_k',
    weightedS: 'a_mul_v',
    outputS: 'wo_proj',
    upS: 'w1_proj',
    downS: 'w2_proj',
    softmaxS: 'softmax',
    layernormS: 'layernorm_mha',
    geluS: 'gelu',
    allReduceS: 'allreduce_mha',
  }
  it.each([
    ['prefill', 2048],
    ['decode', 3072],
  ] as const)('%s', (phase, sequence) => {
    const block = { ...gpt3, phase, batch: 8, sequence, tensorParallel: 4 }
    const { parts } = transformerBlock(block, findHardware('A100_4_fp16'), {
      mode: 'heuristic-GPU',
    })
    const simulated = (op: string) =>
      measured.find((row) => row.phase === phase && row.op === op)?.llmcompass_s_incl_overhead
    for (const [part, op] of Object.entries(names)) {
      expect([op, parts[part as keyof typeof names]]).toEqual([op, Number(simulated(op))])
    }
  })
})

describe('a transformer block', () => {
  const block: TransformerBlock = {
    ...gpt3,
    phase: 'decode',
    batch: 8,
    sequence: 2048,
    tensorParallel: 4,
  }
  const a100 = findHardware('a100_sxm')

  it('takes any model', () => {
    const tiles = transformerBlock(block, a100).totalS
    const lower = transformerBlock(block, a100, { model: roofline }).totalS
    expect(lower).toBeGreaterThan(0)
    expect(tiles).toBeGreaterThan(lower)
  })

  it('reduces nothing on one device', () => {
    expect(transformerBlock({ ...block, tensorParallel: 1 }, a100).parts.allReduceS).toBe(0)
  })

  it.each([
    ['heads', { heads: 7 }],
    ['tensorParallel', { tensorParallel: 5 }],
    ['batch', { batch: 0 }],
    ['sequence', { sequence: 1.5 }],
  ])('names the dimension that does not fit: %s', (field, wrong) => {
    expect(() => transformerBlock({ ...block, ...wrong }, a100)).toThrow(
      expect.objectContaining({ code: 'invalid_dimension', at: { path: field } }),
    )
  })
})
