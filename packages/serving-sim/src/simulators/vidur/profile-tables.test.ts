import { StepBatch } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { VIDUR_MODELS } from './catalogue.js'
import { CLOSED_FORM_OPERATORS } from './closed-form.js'
import { vidurStageTime, vidurStepTime } from './predictor.js'
import { type ProfileFile, vidurOperators } from './profile-tables.js'
import { VidurSequence } from './sequence.js'

const model = VIDUR_MODELS['meta-llama/Llama-2-7b-hf']!
const exact = CLOSED_FORM_OPERATORS

/** Profiles in Vidur's format whose medians are the closed forms. */
function profiles(): { mlp: ProfileFile; attention: ProfileFile; allReduce: ProfileFile } {
  const ops: [string, (tokens: number) => number][] = [
    ['attn_pre_proj', exact.attentionPreProjection],
    ['attn_post_proj', exact.attentionPostProjection],
    ['attn_rope', exact.rope],
    ['input_layernorm', exact.inputNorm],
    ['post_attention_layernorm', exact.postAttentionNorm],
    ['mlp_up_proj', exact.mlpUp],
    ['mlp_down_proj', exact.mlpDown],
    ['mlp_act', exact.mlpActivation],
    ['add', exact.add],
  ]
  const names = ops.map(([op]) => `time_stats.${op}.median`)
  const mlp = [
    `${names.join(',')},n_head,n_kv_head,n_embd,n_expanded_embd,vocab_size,use_gated_mlp,num_tokens,num_tensor_parallel_workers`,
  ]
  for (const parallel of [1, 2]) {
    for (const tokens of [1, 8, 32, 128, 512, 2048, 4096]) {
      const times = ops.map(([, ms]) => ms(tokens))
      mlp.push(`${times.join(',')},32,32,4096,11008,32768,True,${tokens},${parallel}`)
    }
  }
  const attention = [
    'time_stats.attn_decode.median,time_stats.attn_prefill.median,time_stats.attn_kv_cache_save.median,n_embd,n_q_head,n_kv_head,block_size,num_tensor_parallel_workers,batch_size,prefill_chunk_size,kv_cache_size,is_prefill',
  ]
  const sizes = '4096,32,32,16,2'
  for (const batch of [1, 4, 16, 64, 128]) {
    for (const kv of [64, 512, 4096]) {
      attention.push(
        `${exact.attentionDecode(batch, kv)},,${exact.kvCacheSave(batch)},${sizes},${batch},0,${kv},False`,
      )
    }
  }
  for (const kv of [0, 512, 4096]) {
    for (const chunk of [64, 256, 1024, 4096]) {
      attention.push(
        `,${exact.attentionPrefill(kv, chunk)},${exact.kvCacheSave(chunk)},${sizes},1,${chunk},${kv},True`,
      )
    }
  }
  const allReduce = [
    'time_stats.all_reduce.median,rank,num_workers,size,collective,devices_per_node',
    ...[1, 64, 1024, 8192].map(
      (tokens) => `${exact.allReduce(tokens)},0,2,${tokens * 2 * 4096},all_reduce,2`,
    ),
  ]
  return {
    mlp: { source: 'mlp.csv', text: mlp.join('\n') },
    attention: { source: 'attention.csv', text: attention.join('\n') },
    allReduce: { source: 'all_reduce.csv', text: allReduce.join('\n') },
  }
}

const options = { tensorParallel: 2, pipelineStages: 1, blockSize: 16 }

function mixed(): StepBatch {
  const batch = new StepBatch()
  batch.addPrefill(300, 128, 500)
  for (let i = 0; i < 20; i++) batch.addDecode(400 + i)
  return batch
}

describe('vidurOperators', () => {
  test('monotone interpolation gives back what was profiled', () => {
    const learned = vidurOperators(profiles(), model, options)
    const learnedNs = vidurStepTime(model, learned, options).stepNs(mixed())
    const exactNs = vidurStepTime(model, exact, options).stepNs(mixed())
    expect(Math.abs(learnedNs / exactNs - 1)).toBeLessThan(1e-6)
  })

  test('a random forest comes near', () => {
    const learned = vidurOperators(profiles(), model, { ...options, regressor: 'random_forest' })
    const learnedNs = vidurStepTime(model, learned, options).stepNs(mixed())
    const exactNs = vidurStepTime(model, exact, options).stepNs(mixed())
    expect(Math.abs(learnedNs / exactNs - 1)).toBeLessThan(0.5)
  })

  test('a linear regression finds the closed forms, which are polynomials', () => {
    const learned = vidurOperators(profiles(), model, {
      ...options,
      regressor: 'linear_regression',
    })
    const learnedNs = vidurStepTime(model, learned, options).stepNs(mixed())
    const exactNs = vidurStepTime(model, exact, options).stepNs(mixed())
    expect(Math.abs(learnedNs / exactNs - 1)).toBeLessThan(1e-6)
  })

  test('CPU overheads add up', () => {
    const text = [
      'model_name,batch_size,tensor_parallel_degree,schedule_median,sampler_e2e_median,prepare_inputs_e2e_median,process_model_outputs_median,ray_comm_time_mean',
      'm,1,2,1,2,3,4,5',
      'm,128,2,1,2,3,4,5',
    ].join('\n')
    const { cpuOverhead } = vidurOperators(
      { ...profiles(), cpuOverhead: { source: 'cpu_overheads.csv', text } },
      model,
      { ...options, modelName: 'm' },
    )
    expect(cpuOverhead!(20)).toBeCloseTo(15, 9)
  })

  test('a profile without rows of the model is an error that says what was wanted', () => {
    expect(() => vidurOperators(profiles(), VIDUR_MODELS['Qwen/Qwen-72B']!, options)).toThrow(
      'mlp.csv: no row with n_head 64, n_kv_head 64, n_embd 8192',
    )
    expect(() => vidurOperators(profiles(), model, { ...options, pipelineStages: 2 })).toThrow(
      'no send_recv profile was given',
    )
  })
})

test('the step-time model is the predictor of the engine', () => {
  const batch = mixed()
  const prompt = new VidurSequence({ id: 0, arrivedAtS: 0, prefillTokens: 500, decodeTokens: 5 })
  prompt.processed = 128
  const decoding = Array.from({ length: 20 }, (_, i) => {
    const sequence = new VidurSequence({
      id: i + 1,
      arrivedAtS: 0,
      prefillTokens: 10,
      decodeTokens: 1000,
    })
    sequence.prefillComplete = true
    sequence.processed = 401 + i
    return sequence
  })
  const stage = vidurStageTime(
    model,
    exact,
    options,
  )(
    {
      id: 0,
      sequences: [prompt, ...decoding],
      tokens: [300, ...decoding.map(() => 1)],
      scheduledAt: 0,
    },
    0,
  )
  expect(vidurStepTime(model, exact, options).stepNs(batch)).toBeCloseTo(stage * 1e9, 3)
})
