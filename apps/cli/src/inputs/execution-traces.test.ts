import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCsv } from '../program/csv.js'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'

const folder = testFolder()
const at = (name: string) => join(folder, name)

function write(name: string, document: object): string {
  writeFileSync(at(name), JSON.stringify(document))
  return at(name)
}

const host = { ph: 'X', pid: 1, tid: 1 }
const kineto = (recordFunction: number) => ({
  schemaVersion: 1,
  deviceProperties: [{ id: 0, name: 'NVIDIA H100 80GB HBM3' }],
  traceEvents: [
    {
      ...{ ...host, cat: 'cpu_op', name: 'aten::mm', ts: 1, dur: 9 },
      args: { 'External id': 1, 'Record function id': recordFunction },
    },
    {
      ...{ ...host, cat: 'cuda_runtime', name: 'cudaLaunchKernel', ts: 2, dur: 1 },
      args: { correlation: 5 },
    },
    {
      ...{ ph: 'X', cat: 'kernel', name: 'sm90_xmma_gemm_bf16', pid: 0, tid: 7, ts: 20, dur: 5 },
      args: { device: 0, stream: 7, correlation: 5 },
    },
  ],
})
const executionTrace = {
  schema: '1.0.1',
  pid: 1,
  nodes: [
    {
      ...{ name: 'aten::mm', id: 3, rf_id: 8, inputs: [[1, 2, 0, 8, 2, 'cuda:0']] },
      input_shapes: [
        [64, 512],
        [512, 1024],
      ],
      input_types: ['Tensor(c10::BFloat16)', 'Tensor(c10::BFloat16)'],
    },
    { name: 'aten::other', id: 4, rf_id: 9, inputs: [], input_shapes: [], input_types: [] },
  ],
}

describe('--execution-trace', () => {
  it('gives kernels the shapes of their operators, and says what was joined and what was not', async () => {
    const run = write('run.json', kineto(8))
    const et = write('et.json', executionTrace)
    const { code, err } = await flowsim('parse', run, '-o', at('out'), '--execution-trace', et)
    expect(code).toBe(0)
    expect(err).toContain(
      'run.json: et.json: 1 of 1 operators joined by Record function id; 1 of its 2 calls are not in the trace; 1 operators have shapes that had none; 0 collectives have their group',
    )
    const [row] = parseCsv(readFileSync(at('out/run.kernels.csv'), 'utf8'))
    expect(row).toMatchObject({
      operator: 'aten::mm',
      shapes: '[[64,512],[512,1024]]',
      shapes_from: 'profiler',
      op: 'matmul',
    })
  })

  it('of another run joins nothing, and says why', async () => {
    const run = write('run.json', kineto(9))
    const et = write('et.json', executionTrace)
    const { code, err } = await flowsim('analyze', run, '--execution-trace', et)
    expect(code).toBe(0)
    expect(err).toContain(
      'run.json: et.json: nothing joined; 1 numbers are those of calls of other names: it is of another run',
    )
  })

  it('that is not one is an error', async () => {
    const run = write('run.json', kineto(8))
    const { code, err } = await flowsim('analyze', run, '--execution-trace', run)
    expect(code).toBe(1)
    expect(err).toContain('run.json: is not an execution trace of PyTorch; record one')
  })

  it('given as the trace, it is named for what it is', async () => {
    const { code, err } = await flowsim('analyze', write('et.json', executionTrace))
    expect(code).toBe(1)
    expect(err).toContain('is a PyTorch execution trace')
    expect(err).toContain(
      'give the Kineto trace of the same run, and this one with --execution-trace',
    )
  })
})
