import { describe, expect, it } from 'vitest'
import { kernel, traceOf } from '../testing/trace.js'
import { accelSimPlanSchema, planAccelSim } from './plan.js'
import { readTracerStats } from './stats.js'
import { tracerEnvironment } from './tracer-environment.js'

const HEADER =
  'kernel id, kernel mangled name, grid_dimX, grid_dimY, grid_dimZ, #blocks, block_dimX, block_dimY, block_dimZ, #threads, total_insts, total_reported_insts'
const statsOf = (...lines: string[]) =>
  readTracerStats([HEADER, ...lines].join('\n'), { source: 'stats.csv' })

const trace = traceOf([
  kernel('a(float*)', 600),
  kernel('b(float*)', 250),
  kernel('a(float*)', 400),
  kernel('c(float*)', 50),
  kernel('ncclDevKernel_AllReduce', 700, { kind: 'collective' }),
])

const stats = statsOf(
  'kernel-1.trace.xz, _Z1aPf, 16, 1, 1, 16, 256, 1, 1, 256, 0,0',
  'kernel-2.trace.xz, _Z4initv, 1, 1, 1, 1, 32, 1, 1, 32, 0,0',
  'kernel-3.trace.xz, _Z1aPf, 16, 1, 1, 16, 256, 1, 1, 256, 2000,2000',
  'kernel-4.trace.xz, _Z1bPf, 16, 1, 1, 16, 256, 1, 1, 256, 9000,9000',
  'kernel-5.trace.xz, _Z1cPf, 16, 1, 1, 16, 256, 1, 1, 256, 100,100',
)

describe('choosing what to simulate', () => {
  it('takes each kind of launch once, the dearest first, until they make up the share', () => {
    const plan = planAccelSim(trace, { topTime: 0.6 })
    expect(accelSimPlanSchema.parse(plan)).toEqual(plan)
    expect(plan).toMatchObject({
      chosen: [
        { name: 'a(float*)', instances: 2, sumNs: 1000, timeShare: 0.5, launchNumber: null },
        { name: 'b(float*)', instances: 1, sumNs: 250, timeShare: 0.125 },
      ],
      leftOut: [{ name: 'ncclDevKernel_AllReduce', timeShare: 0.35, reason: 'communicates' }],
      timeShare: 0.625,
      warpInstructions: null,
      kinds: 4,
    })
  })

  it('counts the operator shapes for which one launch stands', () => {
    const of = (k: number) => ({
      shapesFrom: 'profiler' as const,
      op: {
        name: 'aten::mm',
        args: [{ kind: 'tensor' as const, shape: [16, k], dtype: 'bf16' as const }],
        parents: [],
      },
    })
    const kernels = [kernel('gemm()', 5, of(64)), kernel('gemm()', 9, of(128)), kernel('b()', 1)]
    const { chosen } = planAccelSim(traceOf([...kernels, kernel('gemm()', 5, of(64))]), {
      topTime: 1,
    })
    expect(chosen).toMatchObject([
      { name: 'gemm()', instances: 3, shapes: 2 },
      { name: 'b()', shapes: 0 },
    ])
  })

  it('takes nothing that waits for other devices or tells no grid, and says so', () => {
    const reduce = 'void sglang::cross_device_reduce_1stage<__nv_bfloat16, 2>(sglang::RankData*)'
    const kernels = [kernel(reduce, 500), kernel('hidden()', 300, { grid: undefined })]
    const { chosen, leftOut, timeShare } = planAccelSim(
      traceOf([...kernels, kernel('a(float*)', 200)]),
      { topTime: 1, stats },
    )
    expect(chosen.map(({ name }) => name)).toEqual(['a(float*)'])
    expect(timeShare).toBe(0.2)
    expect(leftOut.map(({ name, reason }) => [name, reason])).toEqual([
      [reduce, 'communicates'],
      ['hidden()', 'no_grid'],
    ])
    expect(() => planAccelSim(traceOf(kernels), { topTime: 1 })).toThrow(/wait for other devices/)
  })

  it('numbers launches by the list of the tracer, the last of equal ones', () => {
    const { chosen, warpInstructions } = planAccelSim(trace, { topTime: 1, stats })
    expect(chosen.map((each) => [each.name, each.launchNumber, each.warpInstructions])).toEqual([
      ['a(float*)', 3, 2000],
      ['b(float*)', 4, 9000],
      ['c(float*)', 5, 100],
    ])
    expect(warpInstructions).toBe(11_100)
  })

  it('leaves out what a budget does not pay for, and takes what it still does', () => {
    const plan = planAccelSim(trace, { topTime: 1, stats, budgetWarpInstructions: 3000 })
    expect(plan.chosen.map(({ launchNumber }) => launchNumber)).toEqual([3, 5])
    expect(plan.leftOut).toMatchObject([
      { reason: 'communicates' },
      { name: 'b(float*)', reason: 'over_budget' },
    ])
    expect(() => planAccelSim(trace, { topTime: 1, stats, budgetWarpInstructions: 10 })).toThrow(
      /the budget pays for none/,
    )
  })

  it('does not guess a launch that the list lacks or has in several contexts', () => {
    const plan = planAccelSim(trace, {
      topTime: 1,
      stats: statsOf(
        'kernel-3-ctx_0x1.trace.xz, _Z1aPf, 16, 1, 1, 16, 256, 1, 1, 256, 2000,2000',
        'kernel-3-ctx_0x2.trace.xz, _Z1aPf, 16, 1, 1, 16, 256, 1, 1, 256, 2000,2000',
        'kernel-5.trace.xz, _Z1cPf, 16, 1, 1, 16, 256, 1, 1, 256, 0,0',
      ),
    })
    expect(plan.chosen).toMatchObject([{ name: 'c(float*)', warpInstructions: null }])
    expect(plan.leftOut.map(({ reason }) => reason)).toEqual([
      'ambiguous',
      'communicates',
      'not_in_stats',
    ])
  })

  it('refuses a trace whose kernels tell no grid', () => {
    const blind = traceOf([kernel('a()', 10, { grid: undefined })])
    expect(() => planAccelSim(blind, { topTime: 1 })).toThrow(/none of its kernels tells its grid/)
  })
})

describe("the tracer's list", () => {
  it('is refused with its line where it is something else', () => {
    expect(() => readTracerStats('a,b\n1,2\n', { source: 's.csv' })).toThrow(/s\.csv: its header/)
    expect(() => statsOf('x.trace, _Z1aPf, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1')).toThrow(
      /line 2: "x\.trace" is not a launch/,
    )
    expect(() => statsOf('kernel-1.trace, _Z1aPf, 1, 1, 1, 1, 1, x, 1, 1, 1, 1')).toThrow(
      /line 2: its numbers/,
    )
  })

  it('may hold names with commas', () => {
    const [launch] = statsOf(
      'kernel-1.trace, a<int, 4>(float*, int), 1, 2, 3, 6, 32, 1, 1, 32, 5, 5',
    )
    expect(launch).toMatchObject({
      name: 'a<int, 4>(float*, int)',
      grid: [1, 2, 3],
      block: [32, 1, 1],
      warpInstructions: 5,
    })
  })
})

describe('the environment of the tracer', () => {
  const of = (launches: number[]) => tracerEnvironment({ tracer: '/t.so', folder: '/f', launches })

  it('names launches for either generation', () => {
    expect(of([7, 3, 8, 9, 3])).toMatchObject({
      CUDA_INJECTION64_PATH: '/t.so',
      TRACES_FOLDER: '/f',
      DYNAMIC_KERNEL_RANGE: '3 7-9',
      DYNAMIC_KERNEL_LIMIT_START: '3',
      DYNAMIC_KERNEL_LIMIT_END: '9',
    })
    expect(of([])).toMatchObject({
      DYNAMIC_KERNEL_RANGE: '1000000',
      DYNAMIC_KERNEL_LIMIT_START: '1000000',
    })
  })
})
