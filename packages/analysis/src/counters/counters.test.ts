import { describe, expect, it } from 'vitest'
import { type Activity, handMade } from '../../fixtures/hand-made.js'
import { AnalysisError } from '../errors.js'
import { checkWork } from './check-work.js'
import { readCounters } from './read-counters.js'

const GEMM = 'void cutlass::Kernel2<gemm_128x128>(Params)'
const FLOPS = 2 * 128 * 256 * 512

interface Made {
  name: string
  grid?: string
  block?: string
  /** Metric, value and unit as printed. */
  metrics: [string, string, string][]
}

const quoted = (cells: readonly string[]) => cells.map((cell) => `"${cell}"`).join(',')
const HEAD = ['ID', 'Process ID', 'Process Name', 'Host Name', 'Kernel Name', 'Context', 'Stream']
const PLACE = ['Block Size', 'Grid Size', 'Device', 'CC']
const cells = ({ name, grid = '(64, 1, 1)', block = '(256, 1, 1)' }: Made, id: number) => [
  ...[String(id), '77', 'python', 'host', name, '1', '7', block, grid, '0', '9.0'],
]
const NOISE = '==PROF== Connected to process 77\nloading "weights", please wait\n'

/** The page `raw`: a column a metric. */
function rawPage(kernels: readonly Made[]): string {
  const names = kernels[0]!.metrics.map(([name]) => name)
  const units = kernels[0]!.metrics.map(([, , unit]) => unit)
  return [
    `${NOISE}${quoted([...HEAD, ...PLACE, ...names])}`,
    quoted([...[...HEAD, ...PLACE].map(() => ''), ...units]),
    ...kernels.map((made, i) =>
      quoted([...cells(made, i), ...made.metrics.map(([, value]) => value)]),
    ),
  ].join('\n')
}

/** The page `details`: a row a metric. */
function detailsPage(kernels: readonly Made[], section = 'Command line profiler metrics'): string {
  const tail = ['Section Name', 'Metric Name', 'Metric Unit', 'Metric Value']
  return [
    `${NOISE}${quoted([...HEAD, ...PLACE, ...tail])}`,
    ...kernels.flatMap((made, i) =>
      made.metrics.map(([name, value, unit]) =>
        quoted([...cells(made, i), section, name, unit, value]),
      ),
    ),
  ].join('\n')
}

const SCALED: Made['metrics'] = [
  ['gpu__time_duration.sum', '12.50', 'usecond'],
  ['dram__bytes_read.sum', '1.50', 'Mbyte'],
  ['dram__bytes_write.sum', '250.00', 'Kbyte'],
  ['sm__ops_path_tensor_src_bf16_dst_fp32.sum', '33,554,432', ''],
  ['smsp__sass_thread_inst_executed_op_fadd_pred_on.sum', '1,000', 'inst'],
  ['smsp__sass_thread_inst_executed_op_ffma_pred_on.sum', '2,000', 'inst'],
  ['sm__warps_active.avg.pct_of_peak_sustained_active', '25.00', '%'],
]
const BASE: Made['metrics'] = [
  ['gpu__time_duration.sum', '12500', 'ns'],
  ['dram__bytes_read.sum', '1,500,000', 'byte'],
  ['dram__bytes_write.sum', '250,000', 'byte'],
  ...SCALED.slice(3),
]
const MEASURED = {
  name: GEMM,
  grid: '64,1,1',
  block: '256,1,1',
  durationNs: 12_500,
  bytes: 1_750_000,
  tensorOps: FLOPS,
  vectorOps: 5_000,
  occupancy: 0.25,
}
const read = (text: string) => readCounters(text, { source: 'ncu.csv' })

describe('the CSV of Nsight Compute', () => {
  it.each([
    ['raw page, scaled units', rawPage([{ name: GEMM, metrics: SCALED }])],
    ['raw page, base units', rawPage([{ name: GEMM, metrics: BASE }])],
    ['details page, scaled units', detailsPage([{ name: GEMM, metrics: SCALED }])],
    ['details page, base units', detailsPage([{ name: GEMM, metrics: BASE }])],
  ])('%s: says the same', (_, text) => {
    const [kernel, ...others] = read(text)
    expect(others).toEqual([])
    expect(kernel).toEqual(MEASURED)
  })

  it('titles of sections are read where metrics have no names', () => {
    const speed = detailsPage(
      [
        {
          name: GEMM,
          metrics: [
            ['Duration', '2,000', 'ns'],
            ['Memory Throughput', '9', '%'],
          ],
        },
      ],
      'GPU Speed Of Light Throughput',
    )
    expect(read(speed)[0]).toMatchObject({ durationNs: 2000, bytes: null, occupancy: null })
    const text = `${speed}\n${detailsPage(
      [{ name: GEMM, metrics: [['Memory Throughput', '500.00', 'Gbyte/s']] }],
      'Memory Workload Analysis',
    )
      .split('\n')
      .at(-1)}`
    expect(read(text)[0]!.bytes).toBeCloseTo(1e6, 6)
  })

  it('counts per cycle are taken times the cycles', () => {
    const [kernel] = read(
      rawPage([
        {
          name: GEMM,
          metrics: [
            ['sm__ops_path_tensor_src_fp8.sum.per_cycle_elapsed', '4,096.00', '1/cycle'],
            ['sm__cycles_elapsed.max', '100', 'cycle'],
          ],
        },
      ]),
    )
    expect(kernel).toMatchObject({ tensorOps: 409_600, vectorOps: null, durationNs: null })
  })

  it('what is below 0 was not measured', () => {
    const metrics: Made['metrics'] = [
      ['gpu__time_duration.sum', '-5', 'ns'],
      ['dram__bytes.sum', '1,024', 'byte'],
    ]
    const [read] = readCounters(rawPage([{ name: GEMM, metrics }]), { source: 'x.csv' })
    expect(read).toMatchObject({ durationNs: null, bytes: 1024 })
  })

  it('one count of matrix units is not added twice', () => {
    const [kernel] = read(
      rawPage([
        {
          name: GEMM,
          metrics: [
            ['sm__ops_path_tensor_src_fp16.sum', '100', ''],
            ['sm__ops_path_tensor_src_fp16_dst_fp16.sum', '40', ''],
            ['sm__ops_path_tensor_src_fp16_dst_fp32.sum', '60', ''],
            ['sm__ops_path_tensor_op_hmma_src_fp16_dst_fp32_sparsity_off.sum', '60', ''],
            ['sm__ops_path_tensor_src_int8.sum', '7', ''],
          ],
        },
      ]),
    )
    expect(kernel!.tensorOps).toBe(107)
  })

  it.each([
    ['NVR\0binary', 'is a report of Nsight Compute'],
    ['a,b\n1,2', 'is not the CSV'],
    ['"ID","Name"\n"0","x"', 'no column "Kernel Name"'],
    [
      rawPage([{ name: GEMM, metrics: [['gpu__time_duration.sum', 'n/a', 'ns']] }]),
      'holds no time',
    ],
    [rawPage([{ name: GEMM, metrics: [['gpu__time_duration.sum', '1.234,5', 'ns']] }]), 'holds no'],
  ])('%j is refused: %s', (text, problem) => {
    expect(() => read(text)).toThrow(AnalysisError)
    expect(() => read(text)).toThrow(problem)
    expect(() => read(text)).toThrow(/ncu --csv/)
  })
})

describe('work against counters', () => {
  const product = (start: number, more: Partial<Activity> = {}): Activity => ({
    at: [start, start + 10],
    name: GEMM,
    grid: [64, 1, 1],
    block: [256, 1, 1],
    does: 'matmul',
    family: 'gemm',
    call: { op: 'matmul', m: 128, n: 256, k: 512, dtype: 'bf16' },
    ...more,
  })
  const measured = (name: string, ops: string, grid = '(64, 1, 1)'): Made => ({
    ...{ name, grid },
    metrics: [
      ['gpu__time_duration.sum', '1,000', 'ns'],
      ['dram__bytes.sum', '1,000,000', 'byte'],
      ['sm__ops_path_tensor_src_bf16.sum', ops, ''],
    ],
  })
  const check = (activities: Activity[], made: Made[]) => {
    const { trace, operations } = handMade(activities)
    return checkWork(trace, operations, read(rawPage(made)))
  }

  it('joins the k-th of a name and grid to the k-th, and gives means', () => {
    const { rows, joined, unjoined } = check(
      [product(0), product(20), product(40, { grid: [8, 1, 1] }), product(60)],
      [
        measured('cutlass::Kernel2<gemm_128x128>', String(FLOPS)),
        measured('cutlass::Kernel2<gemm_128x128>', String(3 * FLOPS)),
        measured('other', '7'),
      ],
    )
    expect(joined).toEqual({ count: 2, timeShare: 0.5 })
    expect(unjoined).toBe(1)
    const bytes = 2 * (128 * 512 + 512 * 256 + 128 * 256)
    expect(rows).toEqual([
      {
        name: GEMM,
        op: 'matmul',
        shape: '128×256×512 bf16',
        count: 2,
        traceNs: 10_000,
        ncuNs: 1000,
        flops: { ours: FLOPS, measured: 2 * FLOPS, ratio: 0.5 },
        bytes: { ours: bytes, measured: 1e6, ratio: bytes / 1e6 },
        occupancy: null,
      },
    ])
  })

  it('finds kernels by their function where the profiler prints no more', () => {
    const { joined } = check([product(0)], [measured('Kernel2', '1')])
    expect(joined.count).toBe(1)
  })

  it('says nothing of operations of products whose matrix units were not counted', () => {
    const vector = rawPage([
      {
        name: GEMM,
        metrics: [['smsp__sass_thread_inst_executed_op_ffma_pred_on.sum', '10', 'inst']],
      },
    ])
    const of = (more: Partial<Activity>) => {
      const { trace, operations } = handMade([product(0, more)])
      return checkWork(trace, operations, read(vector)).rows[0]!.flops
    }
    expect(of({})).toEqual({ ours: FLOPS, measured: null, ratio: null })
    const gelu = { does: 'gelu', call: { op: 'gelu', elements: 5, dtype: 'bf16' } } as const
    expect(of({ ...gelu, family: 'activation' }).measured).toBe(20)
  })
})
