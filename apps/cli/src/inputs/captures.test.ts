import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCsv } from '../program/csv.js'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'

const folder = testFolder()

const at = (name: string) => join(folder, name)
const event = (cat: string, name: string, ts: number, args: object = {}, dur = 5) => ({
  ...{ ph: 'X', cat, name, pid: cat === 'kernel' ? 0 : 1, tid: 7, ts, dur },
  args: cat === 'kernel' ? { device: 0, stream: 7, ...args } : args,
})

function write(name: string, traceEvents: object[]): string {
  const deviceProperties = [{ id: 0, name: 'NVIDIA H100 80GB HBM3' }]
  writeFileSync(at(name), JSON.stringify({ schemaVersion: 1, deviceProperties, traceEvents }))
  return at(name)
}

const GEMM = 'sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize128x128x64'

/** A graph of one GEMM, captured with `m` rows. */
const capture = (m: number, at: number) => [
  event('cuda_runtime', 'cudaStreamBeginCapture', at, {}, 1),
  event('cpu_op', 'aten::mm', at + 2, {
    'Input Dims': [
      [m, 512],
      [512, 1024],
    ],
    'Input type': ['c10::BFloat16', 'c10::BFloat16'],
  }),
  event('cuda_runtime', 'cudaLaunchKernel', at + 3, { correlation: 100 + m }, 1),
  event('cuda_runtime', 'cudaStreamEndCapture', at + 10, {}, 1),
]

/** An execution that replays it. */
const execution = (kernel: string) => [
  event('cuda_runtime', 'cudaGraphLaunch', 1, { correlation: 5 }),
  event('kernel', kernel, 10, { correlation: 5 }),
]

describe('--capture', () => {
  it('a batch without the capture that it chooses from is a wrong use', async () => {
    const trace = write('alone.json', [event('kernel', GEMM, 20)])
    for (const command of [
      ['analyze', trace],
      ['parse', trace, '-o', at('alone')],
    ]) {
      const { code, err } = await flowsim(...command, '--capture-batch', '4')
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/^flowsim: --capture-batch .*--capture/),
      ])
    }
  })

  it('gives graph kernels their shapes, in the table and in the operation', async () => {
    const run = write('run.json', execution(GEMM))
    const captured = write('bs_64_rank0.json', capture(64, 0))
    const { code, err } = await flowsim('parse', run, '-o', at('out'), '--capture', captured)
    expect(code).toBe(0)
    expect(err).toContain(
      'capture: 1 graph launch, 1 kernel (1 by order), 1 with shapes; 1 by place alone, the capture does not name them',
    )
    const [row] = parseCsv(readFileSync(at('out/run.kernels.csv'), 'utf8'))
    expect(row).toMatchObject({
      operator: 'aten::mm',
      shapes: '[[64,512],[512,1024]]',
      shapes_from: 'capture',
      op: 'matmul',
      launch_api: 'cudaGraphLaunch',
    })
    expect(JSON.parse(row!.dimensions!)).toMatchObject({ m: 64, n: 1024, k: 512 })
  })

  it('asks for the batch size where captures differ, and takes it by flag', async () => {
    const run = write('run.json', execution(GEMM))
    const all = write('all.json', [...capture(64, 0), ...capture(32, 50)])
    const asked = await flowsim('parse', run, '-o', at('asked'), '--capture', all)
    expect(asked.code).toBe(1)
    expect(asked.err).toMatch(/run\.json: graph launch 1 .*batch sizes 64, 32; .*--capture-batch/)
    const named = ['--capture', all, '--capture-batch', '32']
    expect(await flowsim('parse', run, '-o', at('named'), ...named)).toMatchObject({ code: 0 })
    expect(readFileSync(at('named/run.kernels.csv'), 'utf8')).toContain('[[32,512],[512,1024]]')
  })

  it('serves run as well, and a capture of something else is an error that says where', async () => {
    const captured = write('other.json', [...capture(64, 0), ...capture(64, 50)])
    const run = write('run.json', execution(GEMM))
    const good = await flowsim('run', run, '-o', at('good'), '--capture', captured)
    expect(good.code).toBe(0)
    const none = write('memset.json', [
      event('cuda_runtime', 'cudaStreamBeginCapture', 0, {}, 1),
      event('cuda_runtime', 'cudaMemsetAsync', 3, { correlation: 9 }, 1),
      event('cuda_runtime', 'cudaStreamEndCapture', 9, {}, 1),
    ])
    const bad = await flowsim('run', run, '-o', at('bad'), '--capture', none)
    expect(bad).toMatchObject({ code: 1, out: '' })
    expect(bad.err).toMatch(
      /graph launch 1 .* runs "sm90_xmma.* where memset\.json, graph 1, has "a memset"/,
    )
  })

  it.each(['parse', 'run', 'analyze', 'simulate', 'replay'])(
    'is what %s points to where graph kernels have no shapes, and takes',
    async (command) => {
      const run = write('run.json', execution(GEMM))
      const output = command === 'analyze' ? [] : ['-o', at('out')]
      const hint = 'run.json: 1 kernels of graphs (100.0 % of kernel time) have no shapes; give'
      expect((await flowsim(command, run, ...output)).err).toContain(hint)
      const captured = write('bs_64_rank0.json', capture(64, 0))
      const given = await flowsim(command, run, ...output, '--capture', captured)
      expect(given.code).toBe(0)
      expect(given.err).toContain('1 with shapes')
      expect(given.err).not.toContain('have no shapes')
    },
  )
})
