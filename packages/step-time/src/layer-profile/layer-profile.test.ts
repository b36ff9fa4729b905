import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { findModel } from '@flowsim/model-graph'
import { StepBatch, type StepTimeModel } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { profileStepTime } from '../profile-step-time.js'
import { ReplicaBatch } from '../replica-batch.js'
import { attentionUs } from './attention-time.js'
import { expertsUs } from './experts-time.js'
import type { AttentionProfile } from './layer-profile.js'
import { NestedTable } from './nested-table.js'
import { readLayerProfile } from './read-layer-profile.js'

function batchOf(prompts: [tokens: number, context: number][], contexts: number[]): StepBatch {
  const batch = new StepBatch()
  for (const [tokens, context] of prompts) batch.addPrefill(tokens, context, tokens + context)
  for (const context of contexts) batch.addDecode(context)
  return batch
}

function replicaOf(prompts: [tokens: number, context: number][], contexts: number[]): ReplicaBatch {
  const own = new ReplicaBatch(1)
  own.set(batchOf(prompts, contexts))
  return own
}

describe('attention of a step', () => {
  const profile: AttentionProfile = {
    prefill: new NestedTable([
      [100, 0, 5],
      [100, 100, 9],
      [200, 0, 20],
    ]),
    decode: new NestedTable([
      [2, 100, 10],
      [2, 300, 30],
      [4, 100, 20],
    ]),
    mixed: new NestedTable([
      [100, 0, 2, 100, 50],
      [100, 0, 2, 300, 90],
    ]),
    skew: null,
  }

  test('is what was measured of chunks, of decodes, of both', () => {
    expect(attentionUs(profile, replicaOf([[100, 0]], []))).toBe(5)
    expect(attentionUs(profile, replicaOf([[100, 100]], []))).toBe(9)
    expect(attentionUs(profile, replicaOf([], [99, 99]))).toBe(10)
    expect(attentionUs(profile, replicaOf([[100, 0]], [299, 299]))).toBe(90)
    expect(attentionUs(profile, replicaOf([], []))).toBe(0)
  })

  test('of several chunks is that of one with as many pairs of queries and keys', () => {
    // Two chunks of 100 without context are as many pairs as one of 141.
    const two = attentionUs(
      profile,
      replicaOf(
        [
          [100, 0],
          [100, 0],
        ],
        [],
      ),
    )
    expect(two).toBeGreaterThan(5)
    expect(two).toBeLessThan(20)
    expect(
      attentionUs(
        profile,
        replicaOf(
          [
            [50, 75],
            [50, 75],
          ],
          [],
        ),
      ),
    ).toBeCloseTo(7, 1)
  })

  test('of unequal decodes goes the measured share of the way to the longest', () => {
    const skew = new NestedTable([[0, 0, 2, 0.5, 100, 0.25]])
    const unequal = replicaOf([], [99, 299])
    const equal = attentionUs(profile, unequal)
    expect(equal).toBe(20)
    expect(attentionUs({ ...profile, skew }, unequal)).toBe(20 + 0.25 * (30 - 20))
    expect(attentionUs({ ...profile, skew }, replicaOf([], [99, 99]))).toBe(10)
  })

  test('without mixed measurements is the sum of both', () => {
    const apart = { ...profile, mixed: null }
    expect(attentionUs(apart, replicaOf([[100, 0]], [99, 99]))).toBe(15)
  })
})

describe('experts of a step', () => {
  const table = new NestedTable([
    [1, 8, 10],
    [1, 64, 70],
    [64, 8, 20],
    [64, 64, 80],
  ])

  test('count where a token goes to them, and are divided over their groups', () => {
    const share = { experts: 64, topk: 8, expertParallel: 1 }
    expect(expertsUs(table, share, 1)).toBe(10)
    expect(expertsUs(table, share, 64)).toBeCloseTo(80, 1)
    const half = expertsUs(table, { ...share, expertParallel: 2 }, 64)
    expect(half).toBeLessThan(expertsUs(table, share, 64))
    expect(half).toBeGreaterThan(expertsUs(table, share, 1))
  })
})

const FILES: Record<string, string> = {
  'p/tp1/dense.csv': 'layer,tokens,time_us\nqkv_proj,1,1\nlayernorm,1,2\nembedding,1,4\n',
  'p/tp1/per_sequence.csv': 'layer,sequences,time_us\nlm_head,1,100\n',
  'p/tp1/attention.csv':
    'prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n0,0,1,16,8\n16,0,0,0,3\n',
}
const readText = (path: string) => {
  const text = FILES[path]
  if (text === undefined) throw new Error(`no ${path}`)
  return text
}
const at = () => ({ source: 'a.yaml', line: 1 })
const deploy = (more: object = {}, read = readText) =>
  profileStepTime().deploy(
    { type: 'profile', model: 'llama-3.1-8b', hardware: 'h100_sxm', profile: 'p', ...more },
    { at, blockSize: 16, readText: read },
  )

describe('a model with measured layers', () => {
  test('takes the sum of its layers, each as often as it runs', () => {
    const { stepTime, assumptions } = deploy()
    const layers = findModel('llama-3.1-8b').layers.length
    // A decode: QKV, two norms and attention of each layer, embedding and head once.
    expect(stepTime.stepNs(batchOf([], [15]))).toBeCloseTo(1000 * (layers * (1 + 4 + 8) + 104), 3)
    expect(assumptions[0]).toMatchObject({ name: 'profile', value: 'p' })
  })

  test('says what a profile lacks', () => {
    expect(() => deploy({ tensorParallel: 2 })).toThrow(/^p: has no tp2\/dense\.csv/)
    expect(() => readLayerProfile('q', { tensorParallel: 1, readText })).toThrow(/q: has no tp1/)
    const bad: Record<string, string> = {
      ...FILES,
      'p/tp1/dense.csv': 'layer,tokens,time_us\nqkv_proj,one,1\n',
    }
    expect(() =>
      readLayerProfile('p', { tensorParallel: 1, readText: (path) => bad[path] ?? readText(path) }),
    ).toThrow('p/tp1/dense.csv:2: tokens is not a number: one')
  })

  test('sends over the link that is stated', () => {
    const files = (path: string) => readText(path.replace('tp2', 'tp1'))
    const prompt = batchOf([[2048, 0]], [])
    const stepAt = (bandwidthGBps: number) =>
      deploy({ tensorParallel: 2, link: { bandwidthGBps } }, files).stepTime.stepNs(prompt)
    // 2 all-reduces a layer of 2048 × 4096 × 2 bytes; of two devices each sends all of it once.
    const bytes = 2 * 32 * 2048 * 4096 * 2
    expect((stepAt(10) - stepAt(20)) / (bytes / 20)).toBeCloseTo(1, 1)
  })
})

describeWithCorpus('measured layers of Llama 3.1 8B on an RTX PRO 6000', () => {
  const folder = corpus('measured/layer-profiles/RTXPRO6000/meta-llama/Llama-3.1-8B/bf16')
  const read = (path: string) => {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  }
  const hardware = 'rtx_pro_6000_server'
  const model = (tensorParallel: number): StepTimeModel =>
    deploy({ hardware, profile: folder, tensorParallel }, read).stepTime
  const rows = (file: string) =>
    read(`${folder}/tp1/${file}`)
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))

  test('are exact at every measured point', () => {
    const profile = readLayerProfile(folder, { tensorParallel: 1, readText: read })
    for (const [layer, tokens, us] of rows('dense.csv')) {
      expect(profile.byTokens.get(layer!)!.at(Number(tokens))).toBe(Number(us))
    }
    for (const [layer, sequences, us] of rows('per_sequence.csv')) {
      expect(profile.bySequences.get(layer!)!.at(Number(sequences))).toBe(Number(us))
    }
    const { prefill, decode, mixed } = profile.attention
    for (const cells of rows('attention.csv.gz')) {
      const [tokens, context, sequences, length, us] = cells.map(Number) as [
        number,
        number,
        number,
        number,
        number,
      ]
      const table = tokens === 0 ? decode : sequences === 0 ? prefill! : mixed!
      const point =
        tokens === 0
          ? [sequences, length]
          : sequences === 0
            ? [tokens, context]
            : [tokens, context, sequences, length]
      expect(table.at(...point)).toBe(us)
    }
  })

  test('make a step of decodes whose parts are the measured ones', () => {
    const profile = readLayerProfile(folder, { tensorParallel: 1, readText: read })
    const layer = (name: string, size: number) => profile.byTokens.get(name)!.at(size)
    const each = ['qkv_proj', 'rotary_emb', 'o_proj', 'gate_up_proj', 'act_fn', 'down_proj']
    const perLayer =
      each.reduce((sum, name) => sum + layer(name, 64), 0) +
      2 * layer('layernorm', 64) +
      profile.attention.decode.at(64, 512)
    const head = ['lm_head', 'sampler'].map((name) => profile.bySequences.get(name)!.at(64))
    const us =
      32 * perLayer + layer('embedding', 64) + layer('final_layernorm', 64) + head[0]! + head[1]!
    expect(model(1).stepNs(batchOf([], new Array(64).fill(511)))).toBeCloseTo(1000 * us, 0)
  })
})
