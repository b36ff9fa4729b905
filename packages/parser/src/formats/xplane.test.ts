import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../tests/corpus.js'
import { parseFile } from '../parse-file.js'
import { parseTrace } from '../parse-trace.js'
import { intervalsOf, measure } from '../testing/intervals.js'
import { refusal } from '../testing/samples.js'
import { decodeSpace, encode, metadataPlane, plane } from '../testing/xspace.js'
import { XLA_GPU_SPACE as GPU, XLA_MODULE as MODULE } from '../testing/xspace-samples.js'

describe('an XSpace of GPUs', () => {
  it('kernels of streams with launches, frames and geometry; lines that repeat them are passed over', async () => {
    const trace = await parseTrace(GPU)
    expect(trace.format).toBe('xplane')
    expect(trace.producer).toEqual({ hostname: 'node7', warnings: 'dropped 3 events' })
    expect(trace.devices).toEqual([
      { id: 1, name: '', computeUnits: 132, memoryBytes: 80e9, computeCapability: '9.0' },
    ])
    // The session's start, the line's, and that of the first event.
    expect(trace.baseTimeNs).toBe(String(1_700_000_000 + 1000 + 150))
    expect(trace.kernels[0]).toMatchObject({
      name: 'gemm_fusion_dot_1',
      device: 1,
      stream: 20,
      startNs: 350,
      durationNs: 100,
      grid: [16, 2, 1],
      block: [128, 1, 1],
      registersPerThread: 32,
      sharedMemoryBytes: 1040,
      launch: { api: 'cuLaunchKernel', startNs: 50, durationNs: 20 },
      callStack: ['train.py(12): step'],
    })
    expect(trace.kernels.at(-1)).toMatchObject({ kind: 'memcpy', name: 'MemcpyD2H', bytes: 4096 })
    expect(trace.annotations).toMatchObject([{ name: 'PjitFunction(step)' }])
    // Seven on the stream, one on the other line, four on the host.
    expect(trace.eventCount).toBe(12)
    expect(trace.repairs).toMatchObject([{ kind: 'kernel_without_launch', count: 6, of: 7 }])
  })

  it('a product has its operands as matrices, a convolution with channels first, whatever their layout', async () => {
    const { kernels } = await parseTrace(GPU)
    const shapes = (name: string) =>
      kernels
        .find((kernel) => kernel.name === name)!
        .op!.args.map((arg) => (arg.kind === 'tensor' ? arg.shape : arg))
    expect(kernels[0]!.op).toMatchObject({
      name: 'hlo::dot',
      attributes: { hlo_op: 'fusion.1', hlo_module: 'jit_step', op_name: 'jit(step)/dot_general' },
      args: [
        { shape: [8, 32], dtype: 'fp32' },
        { shape: [8, 64], dtype: 'bf16' },
        { shape: [64, 32], dtype: 'bf16' },
      ],
    })
    expect(shapes('gemm')).toEqual([
      [4, 8, 2],
      [4, 8, 16],
      [4, 16, 2],
    ])
    expect(shapes('conv')).toEqual([
      [1, 7, 24, 24],
      [1, 3, 28, 28],
      [7, 3, 5, 5],
      { kind: 'scalar', type: 'Scalar', value: '1' },
    ])
  })

  it('kernels of one call of an instruction share it; one that comes again is of the next call', async () => {
    const { kernels } = await parseTrace(GPU)
    const [first, second, third] = kernels.filter(
      ({ op }) => op?.attributes?.hlo_op === 'custom-call.1',
    )
    expect(second!.opInstance).toBe(first!.opInstance)
    expect(third!.opInstance).not.toBe(first!.opInstance)
  })

  it('a collective has the message and the ranks of its instruction', async () => {
    const { kernels } = await parseTrace(GPU)
    expect(kernels.find(({ kind }) => kind === 'collective')!.collective).toEqual({
      kind: 'all_reduce',
      dtype: 'bf16',
      inElements: 256,
      outElements: 256,
      groupSize: 4,
    })
  })
})

describe('an XSpace of TPUs', () => {
  const events = [
    {
      name: '%while.1 = bf16[8,32]{1,0} while(…)',
      displayName: 'while.1',
      startNs: 0,
      durationNs: 400,
      kindStats: { program_id: 5 },
    },
    {
      name: '%convolution.4 = bf16[8,32]{1,0} convolution(…)',
      displayName: 'convolution.4',
      startNs: 100,
      durationNs: 50,
      kindStats: { program_id: 5 },
    },
    {
      name: '%copy.2 = bf16[8,64]{1,0} copy(…)',
      startNs: 200,
      durationNs: 20,
      kindStats: { program_id: 5 },
    },
    { name: '%unknown.1 = f32[] custom-call()', startNs: 300, durationNs: 20 },
  ]
  const space = encode('XSpace', {
    planes: [
      plane(
        '/device:TPU:2',
        [
          {
            id: 1,
            name: 'XLA Modules',
            timestampNs: 1.8e18,
            events: [{ name: 'jit_step(5)', startNs: 0, durationNs: 500 }],
          },
          { id: 3, name: 'XLA Ops', timestampNs: 1.8e18, events },
          {
            id: 4,
            name: 'Async XLA Ops',
            timestampNs: 1.8e18,
            events: [{ name: 'copy', startNs: 0, durationNs: 900 }],
          },
        ],
        { device_type_string: 'TPU v5 lite', core_count: 1 },
      ),
      metadataPlane({ 5: MODULE }),
    ],
  })

  it('operations of the cores with shapes; loops and what repeats them are passed over', async () => {
    const trace = await parseTrace(space)
    expect(trace.devices).toEqual([{ id: 2, name: 'TPU v5 lite', computeUnits: 1 }])
    expect(trace.kernels).toMatchObject([
      {
        name: 'convolution.4',
        device: 2,
        stream: 3,
        startNs: 100,
        durationNs: 50,
        op: {
          name: 'hlo::dot',
          args: [{ shape: [8, 32] }, { shape: [8, 64] }, { shape: [64, 32] }],
        },
      },
      { name: 'copy.2', op: { name: 'hlo::copy', args: [{ shape: [8, 64] }, { shape: [8, 64] }] } },
      { name: 'unknown.1', op: { name: 'unknown.1', args: [] } },
    ])
    expect(trace.kernels).toHaveLength(3)
    expect(trace.annotations).toMatchObject([{ name: 'jit_step(5)', on: 'device' }])
    expect(trace.baseTimeNs).toBe('1800000000000000000')
    expect(trace.eventCount).toBe(6)
  })
})

it('a file that is cut off is refused with the place; with salvage the planes before it are kept', async () => {
  const cut = GPU.subarray(0, GPU.length - 200)
  const error = await refusal(() => parseTrace(cut, { source: 'x.xplane.pb' }))
  expect(error.code).toBe('corrupt')
  expect(error.message).toMatch(/^x\.xplane\.pb: damaged or cut off at byte \d+/)
  const { kernels, repairs } = await parseTrace(cut, { salvage: true })
  expect(kernels).toHaveLength(7)
  expect(repairs).toMatchObject([{ kind: 'truncated_file', count: 1 }])
})

describeWithCorpus('an XSpace of JAX on eight MI300X', () => {
  const path = corpus('traces-2/jax-conv-mi300x.xplane.pb.gz')

  it('holds what protobufjs counts in it', async () => {
    const { planes } = decodeSpace(gunzipSync(readFileSync(path)))
    const devices = planes.filter(({ name }) => name.startsWith('/device:GPU'))
    const times = devices.flatMap(({ lines }) =>
      lines.flatMap(({ timestamp_ns, events }) =>
        events.map(({ offset_ps, duration_ps }): [number, number] => [
          timestamp_ns + offset_ps / 1000,
          timestamp_ns + (offset_ps + duration_ps) / 1000,
        ]),
      ),
    )
    const trace = await parseFile(path)
    expect(measure(intervalsOf(trace.kernels))).toEqual(measure(times))
    expect(trace.eventCount).toBe(
      planes.flatMap(({ lines }) => lines).reduce((sum, { events }) => sum + events.length, 0),
    )
    const ofModules = devices.flatMap(({ lines, stat_metadata }) =>
      lines.flatMap(({ events }) =>
        events.filter(({ stats }) =>
          stats.some(({ metadata_id }) => stat_metadata[metadata_id]!.name === 'hlo_op'),
        ),
      ),
    )
    expect(trace.kernels.filter(({ op }) => op !== undefined)).toHaveLength(ofModules.length)
    expect(trace.kernels.every(({ launch }) => launch !== undefined)).toBe(true)
    expect(trace.repairs).toEqual([])
  })

  it('the convolution has the shapes of the program', async () => {
    const { kernels } = await parseFile(path)
    const convolutions = kernels.filter(({ op }) => op?.name === 'hlo::convolution')
    expect(convolutions.length).toBeGreaterThan(8)
    for (const { op } of convolutions) {
      expect(op!.args.slice(0, 3)).toMatchObject([
        { shape: [1, 5120, 34, 31, 53], dtype: 'bf16' },
        { shape: [1, 16, 32, 60, 104], dtype: 'bf16' },
        { shape: [5120, 16, 1, 2, 2], dtype: 'bf16' },
      ])
    }
  })
})
