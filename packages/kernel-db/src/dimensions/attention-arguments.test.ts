// Attention by its arguments: every layout, cache, mask and window, with lengths worked out by hand.
import { describe, expect, it } from 'vitest'
import { type Circumstances, dimensionsOf } from '../../fixtures/dimensions.js'
import { s, t } from '../../fixtures/hand-made.js'

type Args = Parameters<typeof dimensionsOf>[2]
const attend = (names: string, args: Args, more: Circumstances = {}) =>
  dimensionsOf('attention', names, args, more)
const [Q, KV] = [t('2,10,8,64 bf16'), t('2,30,4,64 bf16')]
/** Queries of 2 sequences beside keys and values, and one more argument. */
const with_ = (name: string, value: Args[number], more: Circumstances = {}) =>
  attend(`q k v ${name}`, [Q, KV, KV, value], more)
const CACHE = t('100,16,4,64 bf16')

describe('lengths and heads', () => {
  it('are those of [batch, length, heads, width], or of [batch, heads, length, width]', () => {
    expect(attend('q k v', [Q, KV, KV])).toEqual({
      op: 'attention',
      phase: 'prefill',
      batch: 2,
      queryLen: 10,
      kvLen: 30,
      heads: 8,
      kvHeads: 4,
      headDim: 64,
      causal: true,
      dtype: 'bf16',
    })
    const [q, k] = [t('2,8,10,64 bf16'), t('2,4,30,64 bf16')]
    expect(
      attend('query key value', [q, k, t('2,4,30,32 bf16')], { parameters: { layout: 'bhsd' } }),
    ).toMatchObject({ queryLen: 10, kvLen: 30, heads: 8, kvHeads: 4, headDim: 64, headDimV: 32 })
  })

  it('of sequences in a row are means over as many as the offsets say', () => {
    const row = [t('20,8,64 bf16'), t('60,4,64 bf16'), t('60,4,64 bf16')]
    for (const name of ['cu_seqlens_q', 'qo_indptr', 'cu_seqlens_k', 'kv_indptr']) {
      expect(attend(`q k v ${name}`, [...row, t('5 int32')])).toMatchObject({
        phase: 'prefill',
        batch: 4,
        queryLen: 5,
        kvLen: 15,
        heads: 8,
        kvHeads: 4,
      })
    }
    for (const name of ['seq_lens', 'seqused_k', 'cache_seqlens']) {
      expect(attend(`q k v ${name}`, [...row, t('5 int32')])).toMatchObject({ batch: 5, kvLen: 12 })
    }
    expect(attend('q k v block_table', [...row, t('4,9 int32')])).toMatchObject({ batch: 4 })
  })

  it('of queries without heads come from the keys', () => {
    const [q, k] = [t('20,512 bf16'), t('60,4,64 bf16')]
    const flat = (v: Args[number]) => attend('q k v seq_lens', [q, k, v, t('4 int32')])
    expect(flat(t('60,4,32 bf16'))).toMatchObject({
      heads: 8,
      kvHeads: 4,
      headDim: 64,
      headDimV: 32,
      queryLen: 5,
    })
    expect(flat(t('60,256 bf16'))).not.toHaveProperty('headDimV')
    expect(attend('q k', [q, t('60,256 bf16')])).toBe('heads are not told apart in the trace')
    expect(attend('q k', [t('20,500 bf16'), k])).toContain('neither sequences')
    expect(attend('q k seq_lens', [t('20,500 bf16'), k, t('4 int32')])).toBe(
      'heads and widths do not follow from the recorded shapes',
    )
  })

  it('of one token for each sequence are a decode, but for one key each', () => {
    const one = (keys: number) => attend('q k', [t('4,1,8,64 bf16'), t(`4,${keys},8,64 bf16`)])
    expect(one(2)).toMatchObject({ phase: 'decode' })
    expect(one(1)).toMatchObject({ phase: 'prefill' })
    expect(attend('q k', [t('4,2,8,64 bf16'), t('4,9,8,64 bf16')])).toMatchObject({
      phase: 'prefill',
    })
    expect(one(0)).toBe('a sequence without tokens')
  })
})

describe('a cache', () => {
  const paged = (names: string, ...args: Args[number][]) =>
    attend(`q k_cache ${names}`, [t('20,8,64 bf16'), CACHE, ...args])

  it('holds as many keys as its listed pages, whose size it has', () => {
    expect(paged('kv_indices seq_lens', t('40 int32'), t('4 int32'))).toEqual({
      call: {
        op: 'attention',
        phase: 'prefill',
        batch: 4,
        queryLen: 5,
        kvLen: 160,
        heads: 8,
        kvHeads: 4,
        headDim: 64,
        causal: true,
        paged: true,
        dtype: 'bf16',
      },
      note: 'key lengths rounded up to pages of 16',
    })
    const flat = [t('20,8,64 bf16'), t('100,4,64 bf16'), t('40 int32'), t('4 int32')]
    expect(attend('q k_cache kv_indices seq_lens', flat)).toMatchObject({ kvLen: 10, paged: true })
  })

  it('is told by a buffer of indices only if the rule does not say that this is a buffer', () => {
    const more = { parameters: { indices: 'buffer' } }
    const args = [t('20,8,64 bf16'), CACHE, t('40 int32'), t('4 int32')]
    expect(attend('q k_cache kv_indices seq_lens', args, more)).toBe(
      '4 sequences with 20 query tokens; key lengths are not in the trace',
    )
  })

  it('is as long as the longest sequence where only that is recorded', () => {
    for (const name of ['max_seqlen_k', 'max_seq_len']) {
      expect(paged(`seq_lens ${name}`, t('4 int32'), s(77))).toMatchObject({
        call: { batch: 4, kvLen: 77, phase: 'prefill' },
        note: 'key lengths taken as the longest of them',
      })
    }
    expect(paged('seq_lens max_seq_len', t('4 int32'), s(0))).toContain('4 sequences')
  })

  it('has its heads where the layout puts them, or where a number says', () => {
    const blocks = { parameters: { cache: 'blocks' } }
    const args = [t('4,8,64 bf16'), t('100,2,8,16,8 bf16'), t('4 int32'), s(9)]
    expect(attend('q k_cache seq_lens max_seq_len', args, blocks)).toMatchObject({
      call: { kvHeads: 2 },
    })
    expect(attend('q k_cache seq_lens max_seq_len', args)).toMatchObject({ call: { kvHeads: 16 } })
    expect(
      attend('q k_cache seq_lens max_seq_len num_kv_heads', [...args, s(4)], blocks),
    ).toMatchObject({ call: { kvHeads: 4 } })
    expect(attend('q', [t('4,8,64 bf16')])).toBe('the trace holds no tensor shapes for this kernel')
  })

  it('stands in place of the keys beside a table of pages, where the rule says so', () => {
    const args = [t('4,1,8,64 bf16'), CACHE, CACHE, t('4,9 int32'), s(70)]
    const names = 'q k v block_table max_seqlen_k'
    expect(attend(names, args, { parameters: { cacheInKeys: true } })).toMatchObject({
      call: { phase: 'decode', batch: 4, queryLen: 1, kvLen: 70, kvHeads: 4, paged: true },
    })
    expect(attend(names, args)).toMatchObject({ kvLen: 16 })
    expect(
      attend('q k v', [t('4,1,8,64 bf16'), CACHE, CACHE], { parameters: { cacheInKeys: true } }),
    ).not.toHaveProperty('paged')
  })

  it('of another type says which; bytes are 8-bit floats', () => {
    const of = (dtype: string) =>
      attend('q k v', [Q, t(`2,30,4,64 ${dtype}`), t(`2,30,4,64 ${dtype}`)])
    expect(of('bf16')).not.toHaveProperty('kvDtype')
    expect(of('fp8_e5m2')).toMatchObject({ kvDtype: 'fp8_e5m2' })
    expect(of('uint8')).toMatchObject({ kvDtype: 'fp8_e4m3' })
  })
})

describe('a step whose annotation tells the lengths', () => {
  const step = (label: string, tokens = 64) =>
    attend('q k v', [t(`${tokens},8,64 bf16`), t('64,4,64 bf16'), t('64,4,64 bf16')], {
      parameters: { cached: true },
      event: { scopes: [label] },
    })

  it('is a prefill, a decode, or both', () => {
    expect(step('execute_context_2(sq40sk60sqsq800sqsk1200)_generation_0()')).toMatchObject({
      call: { phase: 'prefill', batch: 2, queryLen: 20, kvLen: 30, pairs: 1200 - (800 - 40) / 2 },
    })
    expect(step('execute_context_0()_generation_4(sq4sk60sqsq4sqsk60)')).toMatchObject({
      call: { phase: 'decode', batch: 4, queryLen: 1, kvLen: 15, pairs: 60, paged: true },
      note: "lengths from the step's annotation",
    })
    expect(
      step('execute_context_1(sq20sk20sqsq400sqsk400)_generation_4(sq4sk60sqsq4sqsk60)'),
    ).toMatchObject({ call: { phase: 'mixed', batch: 5, queryLen: 24 / 5, kvLen: 16, pairs: 270 } })
  })

  it('fills the kernel at most, and is not believed beyond', () => {
    const label = 'execute_context_1(sq40sk60)_generation_0()'
    expect(step(label, 40)).toMatchObject({ call: { queryLen: 40, kvLen: 60 } })
    expect(step(label, 39)).toContain('39 query tokens')
    expect(step('execute_context_1(40)_generation_0()')).toContain('64 query tokens')
  })
})

describe('mask and window', () => {
  it.each([
    ['is_causal', true, true],
    ['causal', false, false],
    ['mask_mode', 0, false],
    ['mask_mode', 1, true],
    ['custom_mask_type', 2, true],
  ])('%s = %s: %s', (name, value, causal) => {
    expect(with_(name, s(value))).toMatchObject({ causal })
  })

  it('of a kernel that says nothing is causal, unless the rule says that it is not, and in a decode', () => {
    expect(attend('q k v', [Q, KV, KV], { groups: { causal: 'true' } })).toMatchObject({
      causal: true,
    })
    expect(attend('q k v', [Q, KV, KV], { groups: { causal: 'false' } })).toMatchObject({
      causal: false,
    })
    const not = { parameters: { causal: false } }
    expect(attend('q k v', [Q, KV, KV], not)).toMatchObject({ causal: false })
    const decode = [t('2,1,8,64 bf16'), KV, KV]
    expect(attend('q k v', decode, not)).toMatchObject({ phase: 'decode', causal: true })
  })

  it.each([
    ['causal', [127, 0], { causal: true, window: 128 }],
    ['causal', [0, 0], { causal: true }],
    ['causal', [1, 0], { causal: true, window: 2 }],
    ['causal', [-1, -1], { causal: true }],
    ['causal', [127, 5], { causal: true, window: 128 }],
    ['none', [64, 64], { causal: false, window: 129 }],
    ['none', [64, 3], { causal: false, window: 68, windowRight: 3 }],
    ['none', [-1, 3], { causal: false, windowRight: 3 }],
    ['none', [64, -1], { causal: false }],
    ['none', [-1, -1], { causal: false }],
    // Nothing to the right of a query is what a causal mask leaves.
    ['none', [64, 0], { causal: true, window: 65 }],
    ['none', [1.5, -1], { causal: false }],
  ] as const)('a mask %s and a window of %j', (mask, [left, right], expected) => {
    const names = ['window_left window_right', 'window_size_left window_size_right']
    for (const name of names) {
      const args = [Q, KV, KV, s(mask === 'causal'), s(left), s(right)]
      const call = attend(`q k v causal ${name}`, args) as unknown as Record<string, unknown>
      const { causal, window, windowRight } = call
      expect(JSON.parse(JSON.stringify({ causal, window, windowRight }))).toEqual(expected)
    }
  })

  it('leaves no sums of pairs beside a window', () => {
    const scopes = ['execute_context_2(sq40sk60sqsq800sqsk1200)_generation_0()']
    const args = [t('64,8,64 bf16'), t('64,4,64 bf16'), t('64,4,64 bf16'), s(15)]
    const { call } = attend('q k v window_left', args, {
      parameters: { cached: true },
      event: { scopes },
    }) as { call: object }
    expect(call).toMatchObject({ window: 16 })
    expect(call).not.toHaveProperty('pairs')
  })

  it('are of the backward pass where the rule says so, and typed by the name where nothing is', () => {
    expect(attend('q k v', [Q, KV, KV], { parameters: { direction: 'backward' } })).toMatchObject({
      direction: 'backward',
    })
    const untyped = [t('2,10,8,64'), t('2,30,4,64'), t('2,30,4,64')]
    expect(attend('q k v', untyped)).toBe('the trace names no element type')
    expect(attend('q k v', untyped, { groups: { dtype: 'half' } })).toMatchObject({ dtype: 'fp16' })
  })
})

describe('latent attention', () => {
  const latent = (names: string, args: Args, more: Circumstances = {}) =>
    dimensionsOf('latentAttention', names, args, more)
  const decode = { groups: { causal: 'false' } }

  it('is as wide as its latent and its rotary part, and its value as the latent part', () => {
    const args = [t('4,16,512 bf16'), t('4,16,64 bf16'), t('9,1,512 fp8_e4m3'), t('40 int32')]
    expect(latent('q_nope q_pe ckv_cache kv_indices', args, decode)).toEqual({
      op: 'attention',
      phase: 'decode',
      batch: 4,
      queryLen: 1,
      kvLen: 10,
      heads: 16,
      kvHeads: 1,
      headDim: 576,
      headDimV: 512,
      variant: 'mla',
      causal: false,
      paged: true,
      dtype: 'bf16',
      kvDtype: 'fp8_e4m3',
    })
  })

  it('in one tensor has the value that the result has, or that its width is known for', () => {
    const whole = (width: number, out?: string) =>
      latent(
        out === undefined ? 'q kv_cache kv_indices' : 'q kv_cache kv_indices >out',
        [
          t(`4,16,${width} bf16`),
          t(`9,1,${width} bf16`),
          t('40 int32'),
          ...(out === undefined ? [] : [t(out)]),
        ],
        decode,
      )
    expect(whole(576)).toMatchObject({ headDim: 576, headDimV: 512 })
    expect(whole(320)).not.toHaveProperty('headDimV')
    expect(whole(576, '4,16,256 bf16')).toMatchObject({ headDimV: 256 })
    expect(latent('q', [t('4,8192 bf16')])).toBe('the trace holds no tensor shapes for this kernel')
  })

  it('takes its sequences from the index that was built for it', () => {
    const args = [t('8,16,576 bf16'), t('9,1,576 bf16'), t('40 int32')]
    const surroundings = { sequencesByKvTokens: new Map([[40, 2]]) }
    expect(latent('q kv_cache kv_indices', args, { surroundings })).toMatchObject({
      batch: 2,
      queryLen: 4,
      kvLen: 20,
    })
  })
})
