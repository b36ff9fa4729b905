import { describe, expect, it } from 'vitest'
import { describeRepair } from '../repairs.js'
import { steps } from '../testing/made-steps.js'
import { host, traceText } from '../testing/make-trace.js'
import { parseMade } from '../testing/samples.js'

describe('launches and kernels', () => {
  it('launches without kernels are counted by call, and told by their starts', async () => {
    const events = steps(10).filter((event, i) => event.cat !== 'kernel' || i % 2 === 0)
    events.push(
      host('cuda_runtime', 'cudaGraphLaunch', 1_754_000_000_020_000, 5, { correlation: 99 }),
    )
    const trace = await parseMade(traceText(events))
    expect(trace.repairs).toMatchObject([
      { kind: 'launch_without_kernel', count: 5, of: 10, what: 'cudaLaunchKernel' },
      { kind: 'launch_without_kernel', count: 1, of: 1, what: 'cudaGraphLaunch' },
    ])
    expect(describeRepair(trace.repairs[0]!)).toBe(
      '5 of 10 launches have no kernel: the trace is incomplete (cudaLaunchKernel)',
    )
    expect(trace.lostLaunchesNs).toHaveLength(6)
  })

  it('copies, fills and host functions are not missed', async () => {
    const calls = ['cudaMemcpyAsync', 'cudaMemsetAsync', 'cudaLaunchHostFunc'].map((api, i) =>
      host('cuda_runtime', api, 100 + i, 0.5, { correlation: 50 + i }),
    )
    expect((await parseMade(traceText([...calls, ...steps(3, 1000)]))).repairs).toEqual([])
  })

  it('launches of a capture are not missed; a trace of nothing else is said to be one', async () => {
    const capture = (from: number) => [
      host('cuda_runtime', 'cudaStreamBeginCapture', from, 1),
      host('cuda_runtime', 'cudaLaunchKernel', from + 2, 1, { correlation: 900 + from }),
      host('cuda_runtime', 'cudaStreamEndCapture', from + 4, 1),
    ]
    expect((await parseMade(traceText([...steps(5, 1000), ...capture(1)]))).repairs).toEqual([])
    const { repairs } = await parseMade(traceText([...capture(1), ...capture(11), ...capture(21)]))
    expect(repairs).toMatchObject([{ kind: 'captured_launch', count: 3, of: 3 }])
    expect(describeRepair(repairs[0]!)).toContain('give it with --capture')
  })

  it('kernels before the first launched one of their stream are older than the trace, later ones lost theirs', async () => {
    const events = steps(10).filter((event, i) => event.cat !== 'cuda_runtime' || i / 3 > 2)
    expect((await parseMade(traceText(events))).repairs).toEqual([])
    const gap = steps(10).filter(
      (event, i) => event.cat !== 'cuda_runtime' || i / 3 < 4 || i / 3 > 6,
    )
    expect((await parseMade(traceText(gap))).repairs).toMatchObject([
      { kind: 'kernel_without_launch', count: 2, of: 10 },
    ])
  })
})
