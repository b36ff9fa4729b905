// Kernel times of simulators against those that a trace measured, as users call it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kinetoLines } from '@flowsim/parser'
import type { OperatorArg } from '@flowsim/trace-schema'
import { beforeEach, describe, expect, it } from 'vitest'
import { kernel, traceOf } from '../../../../../packages/external/src/testing/trace.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'
import type { TimesEvaluation } from './times.js'

const folder = testFolder()
const at = (name: string) => join(folder, name)
const write = (name: string, text: string) => {
  writeFileSync(at(name), text)
  return at(name)
}

const GEMM = 'ampere_bf16_s16816gemm_bf16_128x128_ldg8_f2f_stages_32x5_tn'
const DEMO = fileURLToPath(
  new URL(
    '../../../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz',
    import.meta.url,
  ),
)

beforeEach(() => {
  const trace = traceOf([
    kernel(GEMM, 1000),
    kernel('other(int)', 2000),
    kernel(GEMM, 3000),
    kernel('other(int)', 500, { kind: 'memcpy' }),
    kernel(GEMM, 4000),
  ])
  write('trace.json', [...kinetoLines(trace)].join(''))
  // Off by +10 %, −50 % and +20 %; the last matrix product is not in it.
  write('a.csv', 'index,duration_us\n0,1.1\n1,1\n2,3.6\n')
  write('b.csv', 'index,name,duration_us,p10_us,p90_us\n2,,3,2,4\n4,,2,1,3\n1,,,,\n')
})

const json = async (...args: string[]) => {
  const { code, out } = await flowsim('evaluate', at('trace.json'), ...args, '--json')
  return { code, document: JSON.parse(out) as TimesEvaluation }
}

describe('flowsim evaluate --times', () => {
  it('finds the errors of simulated times by family, and counts kernels without one', async () => {
    const { document } = await json('--times', at('a.csv'))
    const [table] = document.tables
    expect(table!.groups).toMatchObject([
      { family: 'gemm', count: 3, answered: 2, insideP10P90: null },
      { family: 'other', count: 1, answered: 1, timeShare: 1, mape: 0.5, bias: -0.5 },
    ])
    const [gemm] = table!.groups
    expect(gemm!.mape).toBeCloseTo(0.15, 12)
    expect(gemm!.medianApe).toBeCloseTo(0.15, 12)
    expect(gemm!.p90Ape).toBeCloseTo(0.19, 12)
    expect(gemm!.bias).toBeCloseTo(0.15, 12)
    expect(gemm!.timeShare).toBe(0.5)
    expect(table!.overall).toMatchObject({ count: 4, answered: 3, timeShare: 0.6 })
    expect(table!.overall.mape).toBeCloseTo(0.8 / 3, 12)
    expect(table!.common).toBeNull()

    const { out, err } = await flowsim('evaluate', at('trace.json'), '--times', at('a.csv'))
    expect(out).toMatch(/gemm +3 +2 +15\.00 % +15\.00 % +19\.00 % +15\.00 %/)
    expect(out).toMatch(/all +4 +3 +26\.67 %/)
    expect(err).toContain('has 3 of 4 kernels, 60.0 % of the kernel time')
  })

  it('puts tables side by side, and once on the kernels that all of them have', async () => {
    const both = ['--times', at('a.csv'), '--times', at('b.csv')]
    const { document } = await json(...both)
    expect(document.tables.map(({ overall }) => overall.answered)).toEqual([3, 2])
    expect(document.tables.map(({ common }) => [common!.count, common!.mape])).toEqual([
      [1, expect.closeTo(0.2, 12)],
      [1, 0],
    ])
    expect(document.tables[1]!.overall).toMatchObject({ mape: 0.25, insideP10P90: 0.5 })
    const { out } = await flowsim('evaluate', at('trace.json'), ...both)
    expect(out).toMatch(/gemm +1 +3 +2 +15\.00 %.*\n +2 +3 +2 +25\.00 %/)
    expect(out).toMatch(/in every table +1 +1 +1 +20\.00 %.*\n +2 +1 +1 +0\.00 %/)
  })

  it('fails by conditions, each of each table', async () => {
    const one = ['--times', at('b.csv'), '--fail-if']
    expect((await json(...one, 'mape>30%')).code).toBe(0)
    expect((await json(...one, 'timeShare<99%')).code).toBe(1)
    const { code, out } = await flowsim(
      ...['evaluate', at('trace.json'), '--times', at('a.csv')],
      ...[...one, 'mape>26%'],
    )
    expect(code).toBe(1)
    expect(out).toMatch(/FAILED +mape>26% of .*a\.csv/)
    expect(out).toMatch(/ok +mape>26% of .*b\.csv/)
    const unknown = await flowsim('evaluate', at('trace.json'), ...one, 'mapes>1%')
    expect(unknown).toMatchObject({ code: 2, err: /timeShare/ })
  })

  it('takes what simulate wrote: a model beside a simulator', async () => {
    const simulate = ['simulate', DEMO, '--hardware', 'h100_sxm', '--absolute']
    expect((await flowsim(...simulate, '-o', at('model'))).code).toBe(0)
    const { code, out } = await flowsim(
      'evaluate',
      DEMO,
      '--times',
      at('model/kernels.csv'),
      '--json',
    )
    expect(code).toBe(0)
    const { tables } = JSON.parse(out) as TimesEvaluation
    expect(tables[0]!.overall.insideP10P90).not.toBeNull()
    expect(tables[0]!.groups.length).toBeGreaterThan(3)
    // Helpers of split-K products, 40 of 371 kernels, count with their product, as simulate has it.
    const { overall } = tables[0]!
    expect([overall.count, overall.answered, overall.timeShare]).toEqual([331, 331, 1])
  })

  it('counts helpers with their kernel where one table has them as one, in all tables', async () => {
    const helper = 'void cublasLt::splitKreduce_kernel<32, 16>(cublasLt::cublasSplitKParams<float>)'
    const tensor: OperatorArg = { kind: 'tensor', shape: [64, 64], dtype: 'bf16' }
    const op = { name: 'aten::mm', args: [tensor, tensor], parents: [] }
    const call = { op, opInstance: 1, shapesFrom: 'profiler' } as const
    const trace = traceOf([kernel(GEMM, 3000, call), kernel(helper, 1000, call)])
    write(
      'split.jsonl',
      trace.kernels
        .map((each) => JSON.stringify({ schema: 'flowsim.kernel-event/1', ...each }))
        .join('\n'),
    )
    // One says 2 µs for both, the other 3.3 and 1.1 µs.
    write('model.csv', 'index,predicted_us\n0,2\n1,\n')
    write('simulator.csv', 'index,duration_us\n0,3.3\n1,1.1\n')
    const { out, err } = await flowsim(
      ...['evaluate', at('split.jsonl'), '--json'],
      ...['--times', at('model.csv'), '--times', at('simulator.csv')],
    )
    expect(err).toBe('')
    const { tables } = JSON.parse(out) as TimesEvaluation
    expect(tables.map(({ overall }) => overall)).toMatchObject([
      { count: 1, answered: 1, mape: 0.5, timeShare: 1 },
      { count: 2, answered: 2, mape: expect.closeTo(0.1, 9) },
    ])
    expect(tables.map(({ common }) => [common!.count, common!.mape])).toEqual([
      [1, 0.5],
      [1, expect.closeTo(0.1, 9)],
    ])
  })

  it('says what a table or a flag has to do with nothing here', async () => {
    const run = (...args: string[]) => flowsim('evaluate', ...args)
    const times = ['--times', at('a.csv')]
    expect(await run(at('trace.json'))).toMatchObject({ code: 2, err: /--op.*with --times/ })
    expect(await run(at('a.csv'), ...times)).toMatchObject({ code: 2, err: /a table/ })
    expect(await run(at('trace.json'), ...times, ...times)).toMatchObject({ code: 2, err: /twice/ })
    for (const option of [
      ['--group-by', 'gpu'],
      ['--model', 'calibrated'],
      ['--op', 'gemm'],
    ]) {
      expect(await run(at('trace.json'), ...times, ...option)).toMatchObject({
        code: 2,
        err: new RegExp(`${option[0]}: is of measured rows`),
      })
    }
    const stray = write('stray.csv', 'name,duration_us\nnobody(),1\n')
    expect(await run(at('trace.json'), '--times', stray)).toMatchObject({
      code: 1,
      err: /1 row of kernels that the trace does not have[\s\S]*has no time of a kernel/,
    })
  })
})
