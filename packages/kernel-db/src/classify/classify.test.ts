import { kernelOperationSchema } from '@flowsim/trace-schema/zod'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernel, launchedBy, list, named, op, s, t } from '../../fixtures/hand-made.js'
import { kernelDatabase, readRules } from '../rules/database.js'
import { readExample } from '../rules/example.js'
import { namesOf } from '../rules/lint.js'
import { isRegex } from '../rules/pattern.js'
import { classify } from './classify.js'

const NVJET = 'nvjet_hsh_128x256_64x4_1x2_h_bz_coopA_NNT'
const MM = op('aten::mm', t('4,8 bf16'), t('8,2 bf16'))

describe('classify', () => {
  it('answers with operation, dimensions, roles, library and rule', () => {
    expect(classify(kernel(NVJET, MM))).toEqual({
      op: 'matmul',
      family: 'gemm',
      call: { op: 'matmul', m: 4, n: 2, k: 8, dtype: 'bf16' },
      tensors: [
        { name: 'a', role: 'input', shape: [4, 8], dtype: 'bf16' },
        { name: 'b', role: 'input', shape: [8, 2], dtype: 'bf16' },
      ],
      library: 'cublas',
      rule: 'cublas.nvjet',
    })
  })

  it('lets the operator say what a shared kernel does', () => {
    const conv = op(
      'aten::cudnn_convolution',
      t('1,8,4,4 fp16'),
      t('8,8,1,1 fp16'),
      s('[0, 0]'),
      s('[1, 1]'),
      s('[1, 1]'),
      s(1),
    )
    expect(classify(kernel(NVJET, conv))).toMatchObject({ op: 'conv', family: 'convolution' })
  })

  it('takes the operator for the kernel where no rule knows the name', () => {
    expect(classify(kernel('k_0', MM))).toMatchObject({ op: 'matmul', rule: 'operator:aten::mm' })
  })

  it('does not take an operator that runs many kinds of kernels', () => {
    const experts = op('vllm::inplace_fused_experts', t('4,8 bf16'))
    expect(classify(kernel('k_0', experts)).op).toBeNull()
  })

  it('does not believe the operator that replays a graph', () => {
    const replayed = kernel(NVJET, MM, { launch: launchedBy('cudaGraphLaunch') })
    expect(classify(replayed)).toMatchObject({ op: 'matmul', tensors: [] })
    expect(classify(replayed).call).toBeUndefined()
    expect(classify({ ...replayed, shapesFrom: 'capture' }).call).toBeDefined()
  })

  it("uses an annotation's tensors where the operator has none", () => {
    const { call } = classify(
      kernel('fused_rmsnorm_kernel', undefined, {
        shapesFrom: 'annotation',
        tensors: [
          named('input', '64,512 bf16'),
          named('weight', '512 bf16'),
          named('out', '64,512 bf16'),
        ],
      }),
    )
    expect(call).toEqual({ op: 'rmsnorm', rows: 64, cols: 512, dtype: 'bf16' })
  })

  it('gives no dimensions that cannot be sizes', () => {
    const { call, missing } = classify(
      kernel('void vllm::rotary_embedding_kernel<c10::BFloat16, true>(int)', {
        ...op('_C::rotary_embedding', t('3 int64'), t('3,100 bf16'), t('3,100 bf16'), s(0.5)),
      }),
    )
    expect(call).toBeUndefined()
    expect(missing).toBeDefined()
  })

  it('asks a user first', () => {
    const database = kernelDatabase(
      readRules({
        schema: 'flowsim.kernel-database/1',
        kernels: [{ kernel: 'nvjet_*', op: 'conv' }],
      }),
    )
    expect(classify(kernel(NVJET, MM), { database })).toMatchObject({ op: 'conv' })
  })

  it('answers any kernel with a valid operation', () => {
    const dims = fc.array(fc.integer({ min: -1, max: 1 << 20 }), { maxLength: 5 })
    const tensor = fc.record({
      shape: dims,
      dtype: fc.constantFrom('bf16', 'fp32', 'int64', 'uint8', undefined),
    })
    const argument = fc.oneof(
      tensor.map(({ shape, dtype }) => t(`${shape.join(',')}${dtype ? ` ${dtype}` : ''}`)),
      fc.constantFrom(s(''), s(0), s(-1), s(1e9), s('[1, 2]'), s(true), list(), list('4,4 bf16')),
    )
    const database = kernelDatabase()
    const names = database.rules.flatMap(({ rule }) =>
      (rule.examples ?? []).map((example) => readExample(example).name),
    )
    const operators = database.operatorRules.flatMap(namesOf).filter((name) => !isRegex(name))
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom(...operators),
        fc.array(argument, { maxLength: 12 }),
        (name, operator, args) => {
          const operation = classify(kernel(name, op(operator, ...args)))
          expect(kernelOperationSchema.safeParse(operation).error).toBeUndefined()
        },
      ),
      { numRuns: 5000, seed: 7 },
    )
  })
})
