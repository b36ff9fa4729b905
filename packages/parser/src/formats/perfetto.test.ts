// Traces of Perfetto, made after its published schema as the writers' sources have it: none was seen in the wild.
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { inChunks } from '../testing/make-trace.js'
import { type MadePacket, pftrace, ROCPROFV3_PFTRACE, slice } from '../testing/pftrace.js'

const parse = (packets: readonly MadePacket[], options = {}) =>
  parseTrace(pftrace(packets), { source: 'run.pftrace', ...options })
const _spans = (kernels: readonly { name: string; startNs: number; durationNs: number }[]) =>
  kernels.map(({ name, startNs, durationNs }) => [name, startNs, durationNs])

describe('rocprofv3', () => {
  it('gives kernels and copies with their calls, device and stream by the names of tracks', async () => {
    const trace = await parse(ROCPROFV3_PFTRACE)
    expect(trace).toMatchObject({ format: 'perfetto', baseTimeNs: '800', repairs: [] })
    expect(trace.kernels).toMatchObject([
      {
        name: 'gemm<float>(float*)',
        device: 4,
        stream: 3,
        startNs: 200,
        durationNs: 400,
        sharedMemoryBytes: 2048,
        launch: { api: 'hipLaunchKernel', tid: 12, startNs: 100, durationNs: 50 },
        scopes: ['step 1'],
      },
      { name: 'norm', startNs: 600, durationNs: 200, launch: { startNs: 160 } },
      {
        kind: 'memcpy',
        name: 'Memcpy HtoD (Host -> Device)',
        bytes: 4096,
        launch: { api: 'hipMemcpyAsync' },
      },
    ])
    // Products of three sizes are neither grid nor block.
    expect(trace.kernels[0]!.grid).toBeUndefined()
    // Eight slices and a counter.
    expect(trace.eventCount).toBe(9)
  })

  it('is the same in chunks of any size, packed in packets, and named otherwise', async () => {
    const bytes = pftrace(ROCPROFV3_PFTRACE)
    const { source: _, ...whole } = await parseTrace(bytes)
    for (const size of [1, 7, 100]) {
      expect(await parseTrace(inChunks(bytes, [size]))).toMatchObject(whole)
    }
    const packed = [{ compressed_packets: deflateSync(bytes) }]
    expect(await parse(packed)).toMatchObject(whole)
  })
})

it('rocprofiler-systems: device and queue by the track, sizes in work items', async () => {
  const { kernels } = await parse([
    { track_descriptor: { uuid: 5, name: 'GPU Kernel Dispatch [1] Queue 2' } },
    ...slice({
      name: 'k',
      category: 'rocm_kernel_dispatch',
      track: 5,
      start: 10,
      end: 30,
      args: { corr_id: 1, workgroup_size: '(256,1,1)', grid_size: '(1000,2,1)' },
    }),
  ])
  expect(kernels).toMatchObject([
    { device: 1, stream: 2, block: [256, 1, 1], grid: [4, 2, 1], durationNs: 20 },
  ])
})
