// estimate, evaluate, calibrate and simulate with the user's own measurements, as users call them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import { template } from '../../../../../packages/perf-model/src/testing/template.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const local = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const demo = local('../../../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz')
/** Five bf16 GEMMs of an H100, m by 4096 by 4096, made up: 8.1 us for m = 16, 201.5 us for m = 4096. */
const parquet = local('../../../fixtures/gemm.parquet')
const ROWS = ['gpu,dtype,m,n,k,latency_us']
for (const [m, us] of [
  [16, 8.1],
  [64, 8.6],
  [256, 18.2],
  [1024, 52.9],
  [4096, 201.5],
]) {
  ROWS.push(`h100_sxm,bfloat16,${m},4096,4096,${us}`)
}

const folder = testFolder()
const csv = join(folder, 'gemm.csv')
beforeEach(() => {
  writeFileSync(csv, `${ROWS.join('\n')}\n`)
})

/** Runs the program, which must succeed, and reads the JSON that it printed. */
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await flowsim(...args, '--json')
  expect(err === '' ? code : err).toBe(0)
  return JSON.parse(out) as Record<string, unknown>
}
const gemm = (m: number) => [
  'estimate',
  'matmul',
  '--hardware',
  'h100_sxm',
  ...['--set', `m=${m}`, '--set', 'n=4096', '--set', 'k=4096'],
]

describe('flowsim estimate', () => {
  it('says at once all that is missing of an operation', async () => {
    const { code, err } = await flowsim('estimate', 'matmul', '--hardware', 'a100', '--set', 'm=8')
    expect(code).toBe(2)
    expect(err).toMatch(/^flowsim: matmul: n .*, k .* are missing; add --set n=… --set k=…/)
  })

  it('answers with the calibrated model unless told otherwise', async () => {
    const result = await json(...gemm(1024))
    expect(result.model).toBe('calibrated')
    expect(result.profile).toMatch(/^gemm/)
    expect((await json(...gemm(1024), '--model', 'roofline')).model).toBe('roofline')
  })

  it('answers from the own rows, between them, and says when it falls back', async () => {
    const ask = (m: number) =>
      json(...gemm(m), '--model', 'measured', '--measurements', `gemm=${csv}`)
    const measured = await ask(1024)
    expect(measured.latencyS).toBeCloseTo(52.9e-6, 9)
    expect(measured).toMatchObject({ model: 'measured', notes: ['measured'] })
    const between = await ask(512)
    expect(between.latencyS).toBeGreaterThan(18.2e-6)
    expect(between.latencyS).toBeLessThan(52.9e-6)
    const outside = await ask(65536)
    expect(outside.notes).toContainEqual(expect.stringContaining('outside the measured rows'))
  })

  it('refuses rows of unknown kind, and rows and profiles for models that take none', async () => {
    const run = (...args: string[]) => flowsim(...gemm(16), ...args)
    const unknown = await run('--model', 'measured', '--measurements', csv)
    expect(unknown).toMatchObject({ code: 2 })
    expect(unknown.err).toContain(`such as gemm=${csv}`)
    expect((await run('--measurements', `gemm=${csv}`)).err).toContain('goes with --model measured')
    expect((await run('--model', 'tile', '--profile', csv)).err).toContain('--profile')
    expect((await run('--model', 'measured')).err).toContain('--measurements')
  })
})

describe('flowsim estimate, asked for what there is not', () => {
  it('names a dimension that the operation lacks, and a mode of a model without modes', async () => {
    const stray = await flowsim(...gemm(16), '--set', 'weightDtyp=int4')
    expect(stray).toMatchObject({ code: 2 })
    expect(stray.err).toContain('--set weightDtyp: matmul has no such dimension; it has m, n, k,')
    const mode = await flowsim(...gemm(16), '--mode', 'heuristic-GPU')
    expect(mode).toMatchObject({ code: 2 })
    expect(mode.err).toContain('only --model tile has modes')
  })
})

describe('flowsim evaluate', () => {
  it('refuses columns that are not there, and conditions that no row meets', async () => {
    const run = (...args: string[]) => flowsim('evaluate', csv, '--op', 'gemm', ...args)
    expect((await run('--group-by', 'gpu,size')).err).toContain('--group-by size:')
    expect((await run('--where', 'gpu=none')).err).toContain('no row has gpu=none')
  })

  it('gives errors of a model on the rows of a CSV file, compressed or not, or of a Parquet file', async () => {
    const zipped = join(folder, 'gemm.csv.gz')
    writeFileSync(zipped, gzipSync(readFileSync(csv)))
    const read = (path: string) => json('evaluate', path, '--op', 'gemm')
    const plain = await read(csv)
    const packed = await read(zipped)
    const columns = await read(parquet)
    expect(plain.overall).toMatchObject({ count: 5, answered: 5 })
    expect(packed).toEqual(plain)
    expect(columns).toEqual(plain)
  })

  it('says what is wrong with a file', async () => {
    const broken = join(folder, 'broken.parquet')
    writeFileSync(broken, 'PAR1 and no more')
    const run = (path: string) => flowsim('evaluate', path, '--op', 'gemm')
    expect((await run(broken)).err).toContain('is no Parquet file that can be read')
    writeFileSync(csv, 'gpu,dtype,m,n,k,latency_us\nh100_sxm,bfloat16,16,x,4096,8\n')
    expect((await run(csv)).err).toContain('row 1: column n: "x" is not a positive integer')
  })
})

describe('flowsim calibrate', () => {
  it('fits a profile to rows, which estimate then takes', async () => {
    const profile = join(folder, 'mine.json')
    const report = await json('calibrate', csv, '--op', 'gemm', '-o', profile)
    expect(report).toMatchObject({ profile, skipped: 0, sections: [{ family: 'gemm', rows: 5 }] })
    const ours = await json(...gemm(4096), '--profile', profile)
    expect(ours.profile).toMatch(/^mine/)
    const builtIn = await json(...gemm(4096))
    const off = ({ latencyS }: Record<string, unknown>) => Math.abs(Number(latencyS) / 201.5e-6 - 1)
    expect(off(ours)).toBeLessThan(off(builtIn))
  })

  it('takes the kernels of a trace as rows', async () => {
    const profile = join(folder, 'trace.json')
    const report = await json('calibrate', demo, '-o', profile)
    const families = (report.sections as { family: string; devices: string[] }[]).map(
      ({ family }) => family,
    )
    expect(families).toEqual(expect.arrayContaining(['gemm', 'pointwise']))
    const output = join(folder, 'out')
    const summary = await json('simulate', demo, '--profile', profile, '-o', output)
    expect(summary.model).toBe('calibrated')
  })
})

describe('flowsim simulate', () => {
  it('predicts a trace from its own kernels with the measured model', async () => {
    const rows = ['--model', 'measured', '--measurements', demo]
    const { byOp } = (await json('simulate', demo, ...rows, '-o', join(folder, 'out'))) as {
      byOp: { op: string; mape: number }[]
    }
    const compute = byOp.filter(({ op }) => !/^all_|reduce_scatter/.test(op))
    expect(compute.length).toBeGreaterThan(3)
    // Collectives of one size also wait for the other rank, each as long as it must.
    for (const { op, mape } of compute) expect(mape, op).toBeLessThan(0.1)
  })
})

describe('flowsim sweep', () => {
  const design = () => {
    const path = join(folder, 'design.json')
    writeFileSync(path, JSON.stringify(template))
    return path
  }

  it('times and measures every combination, and says which no other beats', async () => {
    const csvOut = join(folder, 'designs.csv')
    const result = (await json(
      ...['sweep', design(), '-o', csvOut],
      ...['--grid', 'device.compute_chiplet.core_count=64,128'],
      ...['--grid', 'device.io.memory_channel_active_count=2:6:2'],
    )) as { points: { values: number[]; latencyS: number; areaMm2: number }[]; front: unknown[] }
    expect(result.points.map(({ values }) => values)).toEqual([
      ...[2, 4, 6].map((channels) => [64, channels]),
      ...[2, 4, 6].map((channels) => [128, channels]),
    ])
    const [few, , many] = result.points
    expect(many!.latencyS).toBeLessThan(few!.latencyS)
    expect(many!.areaMm2).toBeGreaterThan(few!.areaMm2)
    expect(result.front.length).toBeGreaterThan(0)
    const lines = readFileSync(csvOut, 'utf8').trim().split('\n')
    expect(lines).toHaveLength(7)
    expect(lines[0]).toMatch(/^device\.compute_chiplet\.core_count,.*,pareto$/)
    expect(lines.filter((line) => line.endsWith(',1'))).toHaveLength(result.front.length)
  })

  it('names the field that a template lacks, and an axis without values', async () => {
    const run = (axis: string) => flowsim('sweep', design(), '--grid', axis)
    const unknown = await run('device.compute_chiplet.cores=1,2')
    expect(unknown).toMatchObject({ code: 1 })
    expect(unknown.err).toContain('device.compute_chiplet.cores')
    expect(await run('device.io.global_buffer_MB=8:4:1')).toMatchObject({ code: 2 })
    expect((await run('nothing')).err).toContain('expected field=a,b,c')
  })
})
