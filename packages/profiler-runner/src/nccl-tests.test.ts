import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { measureCollectives, parseNcclOutput } from './nccl-tests.js'

const OUTPUT = `# nccl-tests version 2.17.1 nccl-headers=22703 nccl-library=22703
# nThread 1 nGpus 2 minBytes 1024 maxBytes 2048 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1
#
# Using devices
#  Rank  0 Group  0 Pid   1234 on       node device  0 [0000:1b:00] NVIDIA H100 80GB HBM3
#  Rank  1 Group  0 Pid   1234 on       node device  1 [0000:43:00] NVIDIA H100 80GB HBM3
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
        1024           512  bfloat16     sum      -1    12.34    0.08    0.08      0    11.98    0.09    0.09      0
        2048          1024  bfloat16     sum      -1    13.05    0.16    0.16      0    12.71    0.16    0.16      0
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 0.12
`
const options = { dtype: 'bfloat16', gpus: 2 } as const

describe('parseNcclOutput', () => {
  it('takes the out-of-place time, the device and the version of the library', () => {
    const common = {
      gpu: 'NVIDIA H100 80GB HBM3',
      framework: 'nccl',
      version: '2.27.3',
      op: 'all_reduce',
      dtype: 'bfloat16',
      num_gpus: 2,
    }
    expect(parseNcclOutput(OUTPUT, 'all_reduce', options)).toEqual([
      { ...common, message_elements: 512, message_bytes: 1024, latency_us: 12.34 },
      { ...common, message_elements: 1024, message_bytes: 2048, latency_us: 13.05 },
    ])
  })

  it('refuses wrong results and output without rows', () => {
    const wrong = OUTPUT.replace('0.08      0', '0.08      7')
    expect(() => parseNcclOutput(wrong, 'all_reduce', options)).toThrow(/1024 bytes gave wrong/)
    expect(() => parseNcclOutput('# x\nTest NCCL failure', 'all_reduce', options)).toThrow(
      /no measurement in the output; it ends: Test NCCL failure/,
    )
  })
})

describe('measureCollectives', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flowsim-nccl-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const binary = (script: string) =>
    writeFileSync(join(folder, 'all_reduce_perf'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const measure = () =>
    measureCollectives({
      ...options,
      ops: ['all_reduce'],
      minBytes: 1024,
      maxBytes: 2048,
      folder,
      cacheFolder: join(folder, 'cache'),
    })

  it('runs the binary once and answers from the cache after that', async () => {
    writeFileSync(join(folder, 'output'), OUTPUT)
    binary(`echo "$@" >> ${folder}/calls; cat ${folder}/output`)
    const rows = await measure()
    expect(rows).toHaveLength(2)
    expect(await measure()).toEqual(rows)
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe(
      '-b 1024 -e 2048 -f 2 -g 2 -d bfloat16 -w 20 -n 100\n',
    )
  })

  it('passes on why a binary failed, and says which is missing', async () => {
    binary('echo "Test NCCL failure: unhandled cuda error" >&2; exit 2')
    await expect(measure()).rejects.toThrow(/all_reduce_perf: Test NCCL failure/)
    await expect(
      measureCollectives({ ...options, ops: ['all_gather'], minBytes: 1, maxBytes: 1, folder }),
    ).rejects.toThrow(/all_gather_perf is not in/)
  })
})
