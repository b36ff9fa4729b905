import { describe, expect, it } from 'vitest'
import { computing, readInductorName } from './inductor.js'

const operatorsOf = (name: string) => [...(readInductorName(name)?.operators ?? [])]

describe('readInductorName', () => {
  it('reads kind and operators, of which some have several words', () => {
    const name = 'triton_red_fused__to_copy_add_mean_mul_pow_rsqrt_0'
    expect(readInductorName(name)?.kind).toBe('red')
    expect(operatorsOf(name)).toEqual(['_to_copy', 'add', 'mean', 'mul', 'pow', 'rsqrt'])
    expect(operatorsOf('triton_per_fused_add_native_layer_norm_3')).toEqual([
      'add',
      'native_layer_norm',
    ])
    expect(operatorsOf('triton_poi_fused__log_softmax_nll_loss_forward_12')).toEqual([
      '_log_softmax',
      'nll_loss_forward',
    ])
  })

  it('reads a name without operators', () => {
    expect(operatorsOf('triton_poi_fused_0')).toEqual([])
  })

  it('is undefined for other kernels', () => {
    expect(readInductorName('fused_moe_kernel')).toBeUndefined()
  })
})

describe('computing', () => {
  it('leaves out what moves no data', () => {
    const { operators } = readInductorName('triton_poi_fused__unsafe_view_mul_silu_split_2')!
    expect(computing(operators)).toEqual(['mul', 'silu'])
  })
})
