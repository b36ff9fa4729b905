// What the Python plug-in of profiler-runner writes is what the parser reads.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseTrace } from '@flowsim/parser'
import { shapePluginEnvironment } from '@flowsim/profiler-runner'
import { describe, expect, it } from 'vitest'

const standIns = fileURLToPath(
  new URL('../../../../../packages/profiler-runner/fixtures/python', import.meta.url),
)

/** Labels that the plug-in puts around launches, with stand-ins for torch and Triton. */
function labels(): string[] {
  const { status, stdout } = spawnSync('python3', [`${standIns}/labelled.py`], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      PYTHONDONTWRITEBYTECODE: '1',
      ...shapePluginEnvironment(standIns),
    },
  })
  if (status !== 0) return []
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('range '))
    .map((line) => line.slice('range '.length))
}

const written = labels()

describe.skipIf(written.length === 0)('shape labels', () => {
  it('give their kernels the tensors of the launch', async () => {
    const traceEvents = written.flatMap((label, i) => {
      const ts = 100 * (i + 1)
      const host = { ph: 'X', pid: 1, tid: 1 }
      const name = label.slice(0, label.indexOf('|'))
      return [
        { ...host, cat: 'user_annotation', name: label, ts, dur: 20 },
        {
          ...host,
          cat: 'cuda_driver',
          name: 'cuLaunchKernelEx',
          ts: ts + 5,
          dur: 2,
          args: { correlation: i },
        },
        {
          ...{ ph: 'X', cat: 'kernel', name, pid: 0, tid: 7, ts: ts + 40, dur: 9 },
          args: { device: 0, stream: 7, correlation: i },
        },
      ]
    })
    const text = JSON.stringify({ schemaVersion: 1, traceEvents })
    const { kernels } = await parseTrace([new TextEncoder().encode(text)])
    expect(kernels.map(({ shapesFrom }) => shapesFrom)).toEqual(['annotation', 'annotation'])
    const tensors = kernels.map((kernel) =>
      kernel.tensors!.map(({ name, shape, dtype }) => [name, shape, dtype]),
    )
    expect(tensors[0]).toEqual([
      ['x_ptr', [4, 16], 'bf16'],
      ['y_ptr', [4], 'int32'],
    ])
    expect(tensors[1]).toEqual([
      ['lhs.0', [8, 32], 'fp8_e4m3'],
      ['lhs.1', [8, 1], 'fp32'],
      ['rhs.0', [8, 32], 'fp8_e4m3'],
      ['rhs.1', [8, 1], 'fp32'],
      ['out', [8, 8], 'bf16'],
    ])
  })
})
