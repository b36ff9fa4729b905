import type { ReportPage } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { decode } from '../model.js'
import { testModel as model } from '../testing.js'
import { firstVisible, kernelAt, lengthOf, streamLanes, withReplay } from './lanes.js'

describe('streamLanes', () => {
  it('has a row for each stream, by number, with its kernels in order', () => {
    const lanes = streamLanes(
      model([
        [0, 10, 0],
        [5, 2, 1],
        [20, 5, 0],
      ]),
    )
    expect(lanes.map(({ label, kernels }) => [label, ...kernels])).toEqual([
      ['stream 3', 1],
      ['stream 7', 0, 2],
    ])
  })
})

describe('the search in a lane', () => {
  // A long kernel, a short one on top of it, a late one.
  const m = model([
    [0, 100, 0],
    [10, 5, 0],
    [200, 5, 0],
  ])
  const lane = streamLanes(m)[1]!

  it('begins with the first kernel that reaches into view, however early it began', () => {
    expect(firstVisible(lane, 90)).toBe(0)
    expect(firstVisible(lane, 150)).toBe(2)
    expect(firstVisible(lane, 300)).toBe(3)
  })

  it('finds the kernel under a time, of several the one that started last', () => {
    expect(kernelAt(lane, 50, 0)).toBe(0)
    expect(kernelAt(lane, 12, 0)).toBe(1)
    expect(kernelAt(lane, 150, 0)).toBe(-1)
  })

  it('finds the nearest within a slack, for kernels narrower than a pixel', () => {
    expect(kernelAt(lane, 190, 20)).toBe(2)
    expect(kernelAt(lane, 190, 5)).toBe(-1)
  })
})

describe('the rows of a replay', () => {
  const measured = model([
    [0, 10, 0],
    [5, 2, 1],
    [20, 5, 0],
  ])
  const { page } = measured
  const m = decode({
    ...page,
    budget: { windowNs: 25 },
    kernels: { ...page.kernels, predicted: [4, -1, 30], replayStartDelta: [0, 5, 3] },
  } as unknown as ReportPage)

  it('lie below those of the streams, with predicted times where there are any', () => {
    const lanes = withReplay(m, streamLanes(m))
    expect(lanes.map(({ label, predicted }) => [label, predicted])).toEqual([
      ['stream 3', false],
      ['predicted', true],
      ['stream 7', false],
      ['predicted', true],
    ])
    const { start, end } = lanes[1]!
    expect([...start]).toEqual([0, 5, 8])
    expect([...end]).toEqual([4, 7, 38])
    expect(kernelAt(lanes[3]!, 9, 0)).toBe(2)
    expect(kernelAt(lanes[2]!, 9, 0)).toBe(0)
  })

  it('can reach beyond the window', () => {
    expect(lengthOf(m, streamLanes(m))).toBe(25)
    expect(lengthOf(m, withReplay(m, streamLanes(m)))).toBe(38)
  })

  it('are in order of start', () => {
    const turned = decode({
      ...m.page,
      kernels: { ...m.page.kernels, stream: [0, 0, 0], replayStartDelta: [9, -9, 20] },
    } as ReportPage)
    const predicted = withReplay(turned, streamLanes(turned))[3]
    expect([...predicted!.kernels]).toEqual([1, 0, 2])
  })

  it('are none where nothing was replayed', () => {
    expect(withReplay(measured, streamLanes(measured))).toHaveLength(2)
  })
})
