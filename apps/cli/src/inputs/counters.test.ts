// Counters of Nsight Compute beside a trace, in analyze and in the report of run.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { EVENTS, H100 } from '../testing/events.js'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'

const folder = testFolder()
const at = (name: string) => join(folder, name)

function write(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}
const trace = () => write('trace.json', JSON.stringify({ ...H100, traceEvents: EVENTS }))

/** The product of the trace, with twice the operations that it needs. */
const counters = (kernel = 'nvjet_tst_128x128_64x6_2x1_v_bz_TNT') =>
  write(
    'ncu.csv',
    [
      '==PROF== Connected to process 5 (/usr/bin/python3)',
      '"ID","Process ID","Kernel Name","Block Size","Grid Size","dram__bytes.sum","sm__ops_path_tensor_src_bf16.sum"',
      '"","","","","","Mbyte",""',
      `"0","5","${kernel}","(384, 1, 1)","(132, 1, 1)","3.14","536,870,912"`,
    ].join('\n'),
  )

it('--ncu sets what the hardware counted beside our counts', async () => {
  const { code, out, err } = await flowsim('analyze', trace(), '--ncu', counters())
  expect(code).toBe(0)
  expect(err).toContain('ncu.csv: measured 1 kernel of the trace (75.0 % of kernel time)')
  const lines = out.split('\n')
  const title = lines.indexOf('Work of kernels, ours and as Nsight Compute measured it')
  expect(lines[title + 3]).toMatch(/^matmul +256×1024×512 bf16 +1 +0\.268 +0\.537 +0\.50 /)
  const { traces } = JSON.parse(
    (await flowsim('analyze', trace(), '--ncu', counters(), '--json')).out,
  ) as { traces: { work: object }[] }
  expect(traces[0]!.work).toMatchObject({
    unjoined: 0,
    rows: [{ flops: { ratio: 0.5 }, bytes: { ours: 1835008, measured: 3_140_000 } }],
  })
})

it('--ncu gives the report of run the same table', async () => {
  const { code } = await flowsim('run', trace(), '--ncu', counters(), '-o', at('out'))
  expect(code).toBe(0)
  expect(readFileSync(at('out/report.html'), 'utf8')).toContain('"work":{"columns":')
})

it('--ncu of another program, of nothing, or for several traces is refused in one line', async () => {
  const other = await flowsim('analyze', trace(), '--ncu', counters('my_kernel'))
  expect(other).toMatchObject({ code: 1, out: '' })
  expect(other.err).toMatch(/none of its 1 kernels is in trace\.json, by name, grid and block/)
  const none = await flowsim('analyze', trace(), '--ncu', trace())
  expect(none.code).toBe(1)
  expect(none.err).toContain('is not the CSV of Nsight Compute')
  const two = await flowsim('analyze', trace(), trace(), '--ranks', '0,1', '--ncu', counters())
  expect(two.code).toBe(2)
})
