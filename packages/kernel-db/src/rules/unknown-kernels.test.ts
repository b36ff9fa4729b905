import { describe, expect, it } from 'vitest'
import { kernel, named, op, s, t, trace } from '../../fixtures/hand-made.js'
import { classifyTrace } from '../classify/classify-trace.js'
import { KernelDbError } from '../errors.js'
import { kernelDatabase } from './database.js'
import { addKernels, type UnknownKernel, unknownKernels } from './unknown-kernels.js'

const TURBO = 'void acme::turbo_x3<__nv_bfloat16, 128>(__nv_bfloat16*)'
const linear = (rows: number) =>
  op('acme::turbo_linear', t(`${rows},512 bf16`), t('1024,512 bf16'), s(7))

/** Two calls of one unknown kernel, one of another without an operator, and a product. */
const unknown = trace([
  kernel(TURBO, linear(256), { grid: [64, 1, 1], block: [128, 1, 1] }),
  kernel(TURBO, linear(512), { grid: [128, 1, 1], durationNs: 3000 }),
  kernel('mystery_7', undefined, {
    shapesFrom: 'annotation',
    tensors: [named('x', '64,8 bf16')],
    callStack: Array.from({ length: 40 }, (_, i) => `frame ${i}`),
  }),
  kernel('nvjet_tst_128x128_64x6_2x1_v_bz_TNT', op('aten::mm', t('4,8 bf16'), t('8,2 bf16'))),
])
const document = () => unknownKernels(unknown, classifyTrace(unknown))

/** The document with its first entry completed. */
function completed(fields: Partial<UnknownKernel>) {
  const { kernels, ...rest } = document()
  return { ...rest, kernels: [{ ...kernels[0]!, ...fields }, ...kernels.slice(1)] }
}

const MATMUL = {
  op: 'matmul',
  dimensions: {
    m: 'inputs[0].shape[0]',
    n: 'inputs[1].shape[0]',
    k: 'inputs[0].shape[1]',
    dtype: 'inputs[0].dtype',
  },
} as const

describe('unknown kernels', () => {
  it('are listed once for each name and operator, longest first, with the shapes of the longest', () => {
    const { kernels, ...rest } = document()
    expect(rest).toMatchObject({ schema: 'flowsim.unknown-kernels/1', source: 'hand-made.json' })
    expect(kernels).toMatchObject([
      {
        kernel: TURBO,
        operator: 'acme::turbo_linear',
        count: 2,
        timeNs: 4000,
        inputs: [
          { shape: [512, 512], dtype: 'bf16' },
          { shape: [1024, 512], dtype: 'bf16' },
        ],
        scalars: ['7'],
        grid: [128, 1, 1],
        op: '',
        dimensions: {},
      },
      { kernel: 'mystery_7', operator: null, count: 1, inputs: [{ name: 'x', shape: [64, 8] }] },
    ])
    expect(kernels[1]!.callStack).toHaveLength(12)
  })

  it('are known after they were completed and added', () => {
    const { database, added, skipped } = addKernels(completed(MATMUL))
    expect(added.map(({ kernel: name }) => name)).toEqual([TURBO])
    expect(skipped).toEqual(['mystery_7'])
    const operations = classifyTrace(unknown, { database: kernelDatabase(database) })
    expect(operations.slice(0, 3)).toMatchObject([
      { op: 'matmul', call: { m: 256, n: 1024, k: 512, dtype: 'bf16' }, rule: `user:${TURBO}` },
      { op: 'matmul', call: { m: 512, n: 1024, k: 512 } },
      { op: null },
    ])
    expect(unknownKernels(unknown, operations).kernels).toHaveLength(1)
  })

  it('are known by their operation alone, where no dimensions are given', () => {
    const { database } = addKernels(completed({ op: 'matmul' }))
    expect(classifyTrace(unknown, { database: kernelDatabase(database) })[0]).toMatchObject({
      op: 'matmul',
    })
  })

  it('may be helpers, and have their own family', () => {
    const { database } = addKernels(completed({ op: 'sort', family: 'moe', auxiliary: true }))
    expect(classifyTrace(unknown, { database: kernelDatabase(database) })[0]).toMatchObject({
      op: 'sort',
      family: 'moe',
      auxiliary: true,
    })
  })

  it('replace what was said of the same kernel and operator before', () => {
    const first = addKernels(completed({ op: 'copy' }))
    const again = addKernels(completed(MATMUL), { existing: first.database })
    expect(again.database.kernels!.map(({ op: name }) => name)).toEqual(['matmul'])
  })

  it.each([
    [
      'an operation that there is not',
      { op: 'matmull' },
      /kernels\[0\]\.op: "matmull" is not an op/,
    ],
    [
      'a dimension that the operation has not',
      { op: 'matmul', dimensions: { ...MATMUL.dimensions, rows: 4 } },
      /kernels\[0\]\.dimensions\.rows: matmul has no such dimension; it has m, n, k, dtype/,
    ],
    [
      'a dimension too few',
      { op: 'matmul', dimensions: { m: 4, n: 4 } },
      /kernels\[0\]\.dimensions: matmul also needs k, dtype/,
    ],
    [
      'an expression that cannot be read',
      { op: 'matmul', dimensions: { ...MATMUL.dimensions, m: 'inputs[0].shap[0]' } },
      /kernels\[0\]\.dimensions\.m: expression "inputs\[0\]\.shap\[0\]": "shap" is not known/,
    ],
    [
      'an expression without a value for the kernel shown',
      { op: 'matmul', dimensions: { ...MATMUL.dimensions, m: 'inputs[5].shape[0]' } },
      /kernels\[0\]\.dimensions: do not follow from the inputs shown: dimension m cannot be/,
    ],
    [
      'a word that is not an element type',
      { op: 'matmul', dimensions: { ...MATMUL.dimensions, dtype: 'bfloat' } },
      /do not follow from the inputs shown: dimension dtype/,
    ],
  ])('%s is refused', (_, fields, message) => {
    const add = () => addKernels(completed(fields as Partial<UnknownKernel>), { source: 'x.json' })
    expect(add).toThrow(message)
    expect(add).toThrow(/^x\.json: /)
    expect(add).toThrow(KernelDbError)
  })

  it.each([
    [{ schema: 'flowsim.unknown-kernels/2', kernels: [] }, 'other_version', /is of version 2/],
    [{ schema: 'flowsim.kernel-trace/1' }, 'wrong_document', /is a "flowsim.kernel-trace\/1"/],
    [[], 'wrong_document', /no "schema" tag/],
    [null, 'wrong_document', /no "schema" tag/],
    [{ schema: 'flowsim.unknown-kernels/1' }, 'invalid_document', /source/],
  ])('another document is refused: %j', (value, code, message) => {
    expect(() => addKernels(value)).toThrow(expect.objectContaining({ code }))
    expect(() => addKernels(value)).toThrow(message)
  })
})
